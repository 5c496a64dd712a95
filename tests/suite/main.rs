//! Tests of features through the real binary.
