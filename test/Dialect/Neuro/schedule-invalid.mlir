// RUN: neuro-opt %s --neuro-schedule --split-input-file --verify-diagnostics

neuro.network @cycle {
  %c = neuro.project %y weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-error @below {{has no phase: it waits, in the same token, for its own spikes}}
  // expected-note @below {{mark the projection that reaches a later token with 'feedback'}}
  %y, %f = neuro.population "y" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}
