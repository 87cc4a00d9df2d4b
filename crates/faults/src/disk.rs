//! A disk that is full when a proof wants it to be.

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Enough.
    Ample,
    /// No more than what was set aside for decisions.
    Reserve,
    /// None at all.
    Nothing,
}

/// Returns how much room this thread is to find; without the feature it is always enough.
#[inline]
#[must_use]
pub fn room() -> Room {
    #[cfg(feature = "fault-injection")]
    return injection::room();
    #[cfg(not(feature = "fault-injection"))]
    Room::Ample
}

#[cfg(feature = "fault-injection")]
pub use injection::set_room;

#[cfg(feature = "fault-injection")]
mod injection {
    use std::cell::Cell;

    use super::Room;

    thread_local! {
        static ROOM: Cell<Room> = const { Cell::new(Room::Ample) };
    }

    /// Lets this thread find so much room from now on.
    pub fn set_room(room: Room) {
        ROOM.set(room);
    }

    pub(super) fn room() -> Room {
        ROOM.get()
    }
}
