//===- StrictOps.h - operations that refuse attributes nobody reads -*- C++ -*-//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR keeps every attribute that an operation does not know, for passes that
// might. Here none does: a misspelt attribute would be a setting without
// effect. Attributes with the dialect's own prefix are looked at by its hooks.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_STRICTOPS_H
#define NEURO_DIALECT_STRICTOPS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace neuro {

namespace detail {

/// "'delay', 'emit', 'weights'", or what to say when there is none.
template <typename Names> std::string listNames(const Names &names) {
  std::vector<std::string> sorted;
  for (const auto &name : names)
    sorted.push_back("'" + llvm::StringRef(name).str() + "'");
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string &name : sorted)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

inline mlir::LogicalResult verifyKnownAttributes(mlir::Operation *op) {
  mlir::LogicalResult ok = mlir::success();
  for (mlir::NamedAttribute attribute : op->getDiscardableAttrs()) {
    auto [prefix, rest] = attribute.getName().getValue().split('.');
    if (!rest.empty() && prefix == op->getName().getDialectNamespace())
      continue;
    auto diag = op->emitOpError()
                << "has no attribute '" << attribute.getName().getValue()
                << "'; it would have no effect";
    diag.attachNote() << "attributes of '" << op->getName()
                      << "': " << listNames(op->getName().getAttributeNames());
    ok = mlir::failure();
  }
  return ok;
}

/// A tensor's elements must be countable, and those that a few letters stand
/// for must fit in memory: `dense<0>` justifies any shape.
inline constexpr int64_t kMaxTensorElements = (int64_t(1) << 31) - 1;
inline constexpr int64_t kMaxSplatElements = int64_t(1) << 26;

inline mlir::LogicalResult verifyElements(mlir::Operation *op, mlir::Type type,
                                          int64_t most) {
  auto shaped = llvm::dyn_cast<mlir::ShapedType>(type);
  if (!shaped || !shaped.hasRank())
    return mlir::success();
  int64_t count = 1;
  bool tooMany = false;
  for (int64_t size : shaped.getShape()) {
    if (size == 0)
      return mlir::success();
    if (!mlir::ShapedType::isDynamic(size))
      tooMany |= llvm::MulOverflow(count, size, count);
  }
  if (!tooMany && count <= most)
    return mlir::success();
  return op->emitOpError() << "has a tensor of too many elements, " << type
                           << "; at most " << most << " are possible"
                           << (most == kMaxSplatElements
                                   ? " in a constant with one value"
                                   : "");
}

inline mlir::LogicalResult verifyBoundedTensors(mlir::Operation *op) {
  llvm::SmallSetVector<mlir::Type, 4> types;
  types.insert(op->operand_type_begin(), op->operand_type_end());
  types.insert(op->result_type_begin(), op->result_type_end());
  mlir::LogicalResult ok = mlir::success();
  for (mlir::Type type : types)
    if (verifyElements(op, type, kMaxTensorElements).failed())
      ok = mlir::failure();
  op->getAttrDictionary().walk([&](mlir::ElementsAttr elements) {
    bool splat = llvm::isa<mlir::DenseElementsAttr>(elements) &&
                 llvm::cast<mlir::DenseElementsAttr>(elements).isSplat();
    if (verifyElements(op, elements.getType(),
                       splat ? kMaxSplatElements : kMaxTensorElements)
            .failed())
      ok = mlir::failure();
  });
  return ok;
}

/// An operation whose properties may hold nothing else than its attributes.
template <typename ConcreteOp> struct StrictOp : ConcreteOp {
  using ConcreteOp::ConcreteOp;

  static mlir::TypeID resolveTypeID() {
    return mlir::TypeID::get<ConcreteOp>();
  }

  template <typename Properties>
  static mlir::LogicalResult setPropertiesFromAttr(
      Properties &properties, mlir::Attribute attr,
      llvm::function_ref<mlir::InFlightDiagnostic()> emitError) {
    mlir::LogicalResult ok = mlir::success();
    if (auto dict = llvm::dyn_cast_or_null<mlir::DictionaryAttr>(attr))
      for (mlir::NamedAttribute entry : dict) {
        auto names = ConcreteOp::getAttributeNames();
        // ODS keeps segment sizes there without listing them.
        if (llvm::is_contained(names, entry.getName().getValue()) ||
            entry.getName().getValue().ends_with("SegmentSizes"))
          continue;
        emitError() << "'" << ConcreteOp::getOperationName()
                    << "' op has no property '" << entry.getName().getValue()
                    << "'; known are " << listNames(names);
        ok = mlir::failure();
      }
    if (ConcreteOp::setPropertiesFromAttr(properties, attr, emitError).failed())
      ok = mlir::failure();
    return ok;
  }
};

} // namespace detail

/// For the base class of a dialect's operations.
template <typename ConcreteOp>
class KnownAttributesOnly
    : public mlir::OpTrait::TraitBase<ConcreteOp, KnownAttributesOnly> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyKnownAttributes(op);
  }
};

/// For the base class of a dialect's operations.
template <typename ConcreteOp>
class BoundedTensors
    : public mlir::OpTrait::TraitBase<ConcreteOp, BoundedTensors> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyBoundedTensors(op);
  }
};

/// What a dialect registers instead of addOperations().
template <typename... Ops> void addStrictOperations(mlir::Dialect &dialect) {
  (mlir::RegisteredOperationName::insert(
       std::make_unique<
           mlir::RegisteredOperationName::Model<detail::StrictOp<Ops>>>(
           &dialect),
       Ops::getAttributeNames()),
   ...);
}

/// For a dialect's hooks: `attribute` must be one of `known`, which are allowed
/// on `where`.
inline mlir::LogicalResult
verifyDialectAttribute(mlir::Operation *op, llvm::StringRef where,
                       mlir::NamedAttribute attribute,
                       llvm::ArrayRef<llvm::StringRef> known) {
  if (llvm::is_contained(known, attribute.getName().getValue()))
    return mlir::success();
  auto diag = op->emitOpError()
              << "has, on " << where << ", the unknown attribute '"
              << attribute.getName().getValue() << "'; it would have no effect";
  diag.attachNote() << "known there: " << detail::listNames(known);
  return diag;
}

} // namespace neuro

#endif // NEURO_DIALECT_STRICTOPS_H
