//! Rules of the repository, and its documentation.
