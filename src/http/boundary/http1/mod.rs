//! How requests and answers are framed on a connection, for what actix does otherwise.

pub mod body_watch;
pub mod connections;
pub mod framing;
