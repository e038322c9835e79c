import fc from 'fast-check';

// A mutant is found by the first example that fails; to make that one small takes much longer.
fc.configureGlobal({ endOnFailure: true });
