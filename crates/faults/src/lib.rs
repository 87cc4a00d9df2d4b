//! Faults on purpose: where a process can be made to die, and bugs that the simulator has to find.
//!
//! Without the feature `fault-injection` all of it compiles to nothing: the program that people run has neither the
//! places nor their names.

pub mod bugs;
pub mod disk;
pub mod pace;
pub mod points;
