//! Asks the kernel whether the wall clock is synchronised with the world.
//!
//! This is the named exception to the rule that the project has no unsafe code: `adjtimex` has no safe wrapper in the
//! crates that the project uses, and nothing else tells a freshly booted board that its clock is a guess.

/// Tells whether the kernel holds the wall clock for synchronised, or `None` where it may not be asked.
#[must_use]
pub fn is_synchronised() -> Option<bool> {
    // SAFETY: all-zero bytes are a valid `timex`, which is made of integers only.
    let mut request: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live, writable `timex`; with `modes` 0 the call only reads the clock's state.
    let state = unsafe { libc::adjtimex(&raw mut request) };
    match state {
        -1 => None,
        libc::TIME_ERROR => Some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_gives_the_same_answer_twice() {
        assert_eq!(super::is_synchronised(), super::is_synchronised());
    }
}
