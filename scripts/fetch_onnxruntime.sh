#!/usr/bin/env bash
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs ONNX Runtime's CPU library from the npm registry into
# BUILD/onnxruntime (default: build) and prints the path of the library. Some
# tests compare against it; nothing else needs it.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-build}/onnxruntime
version=1.30.0
machine=$(uname -m)
case $machine in
  x86_64) machine=x64 ;;
  aarch64) machine=arm64 ;;
esac
library=$folder/node_modules/onnxruntime-node/bin/napi-v6/linux/$machine/libonnxruntime.so.1

if [[ ! -f $library ]]; then
  if ! command -v npm >/dev/null; then
    echo "fetch_onnxruntime.sh: error: npm is missing; as root: apt-get install -y --no-install-recommends npm" >&2
    exit 1
  fi
  mkdir -p "$folder"
  # The package's own install script fetches GPU libraries from elsewhere: not
  # needed, so it is not run. Installing the packed file keeps npm from looking further.
  (cd "$folder" && npm pack --silent "onnxruntime-node@$version" >/dev/null &&
    npm install --silent --no-audit --no-fund --ignore-scripts "./onnxruntime-node-$version.tgz" >/dev/null &&
    rm -f "onnxruntime-node-$version.tgz") >&2
fi
if [[ ! -f $library ]]; then
  echo "fetch_onnxruntime.sh: error: the package has no library for this machine: $library" >&2
  exit 1
fi
printf '%s\n' "$(cd "$(dirname "$library")" && pwd)/$(basename "$library")"
