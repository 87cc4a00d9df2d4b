//! Replies of mail servers: within limits, on one line, and the same however the bytes come.

use ping_listener::channels::Phase;
use ping_listener::channels::offers::Offers;
use ping_listener::channels::reply::{Reply, read};
use ping_listener::channels::verdict;
use ping_listener::channels::wire::Fault;

const PHASES: [Phase; 9] = [
    Phase::Connect,
    Phase::Tls,
    Phase::Greeting,
    Phase::Hello,
    Phase::Authentication,
    Phase::Sender,
    Phase::Recipient,
    Phase::Data,
    Phase::FinalDot,
];

/// Reads the bytes as all that a mail server says before it hangs up.
pub fn target(data: &[u8]) {
    let whole = conversation(data, 1_024);
    assert_eq!(whole, conversation(data, 1), "it depends on how the bytes come");
    for reply in whole.iter().flatten() {
        assert!((200..600).contains(&reply.code));
        assert!((1..=100).contains(&reply.lines.len()));
        let offers = Offers::read(reply);
        assert_ne!(offers.bytes_max, Some(0));
        for phase in PHASES {
            let error = verdict::of_reply(phase, reply);
            assert!(
                error.answer.chars().count() <= 301 && !error.answer.contains(char::is_control),
                "{error:?}"
            );
        }
    }
}

/// Reads reply after reply up to the first fault; `step` bytes come at a time.
fn conversation(mut data: &[u8], step: usize) -> Vec<Result<Reply, Fault>> {
    let mut unread = Vec::new();
    let mut replies = Vec::new();
    loop {
        let reply = read(&mut unread, |some| {
            let count = step.min(data.len()).min(some.len());
            let (now, later) = data.split_at(count);
            some[..count].copy_from_slice(now);
            data = later;
            Ok(count)
        });
        let is_over = reply.is_err();
        replies.push(reply);
        if is_over {
            return replies;
        }
    }
}
