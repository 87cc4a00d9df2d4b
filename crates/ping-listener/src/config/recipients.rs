//! Who gets the mails: lists of mail addresses, each address once.

use std::collections::HashSet;
use std::sync::Arc;

use super::json::{Item, Value};
use super::kind::{Kind, RECIPIENTS_MAX};
use super::value::Slot;
use crate::message::address::Address;

/// The lists met so far, so that a million users with the same recipients share one list.
#[derive(Default)]
pub(super) struct Lists {
    known: HashSet<Arc<[Box<str>]>>,
}

/// What a config says about recipients.
pub(super) enum Recipients {
    /// Nothing, or in one of the ways that mean nothing.
    Default,
    /// These; empty when what it says is wrong, which has been reported.
    Listed(Arc<[Box<str>]>),
}

impl Lists {
    /// Takes an address or a list of them; null, the empty string and the empty list mean the default.
    pub(super) fn take(&mut self, slot: &mut Slot<'_>, item: &Item<'_>) -> Recipients {
        let mut addresses = Vec::new();
        match &item.value {
            Value::Null => return Recipients::Default,
            Value::Text(text) if text.is_empty() => return Recipients::Default,
            Value::List(items) if items.is_empty() => return Recipients::Default,
            Value::Text(_) => add(&mut addresses, slot, item),
            Value::List(items) if items.len() <= RECIPIENTS_MAX => {
                for (index, item) in items.iter().enumerate() {
                    let path = slot.path.index(index);
                    add(&mut addresses, &mut Slot { findings: slot.findings, path }, item);
                }
            }
            Value::List(_) => slot.refuse(item, format_args!("at most {RECIPIENTS_MAX} mail addresses")),
            Value::Boolean(_) | Value::Number(_) | Value::Object => {
                slot.refuse(item, Kind::Addresses);
            }
        }
        Recipients::Listed(self.shared(addresses))
    }

    fn shared(&mut self, addresses: Vec<Box<str>>) -> Arc<[Box<str>]> {
        if let Some(list) = self.known.get(addresses.as_slice()) {
            return Arc::clone(list);
        }
        let list: Arc<[Box<str>]> = addresses.into();
        self.known.insert(Arc::clone(&list));
        list
    }
}

/// Takes a single mail address, without spaces around it.
pub(super) fn address(slot: &mut Slot<'_>, item: &Item<'_>) -> Option<Box<str>> {
    let text = item.value.as_text().unwrap_or_default().trim_matches(' ');
    if is_address(text) {
        return Some(text.into());
    }
    if text.contains(',') {
        slot.refuse(item, "one mail address, or several as a list: [\"a@example.org\", \"b@example.org\"]");
    } else {
        slot.refuse(item, Kind::Address);
    }
    None
}

/// Tells whether a mail can be sent to this address, as far as its form goes: by the same rule that sends it.
pub(super) fn is_address(text: &str) -> bool {
    Address::parse(text).is_ok()
}

fn add(addresses: &mut Vec<Box<str>>, slot: &mut Slot<'_>, item: &Item<'_>) {
    let Some(address) = address(slot, item) else { return };
    if addresses.iter().any(|known| is_same_mailbox(known, &address)) {
        let message = format_args!("{address} stands in the list twice and gets one mail");
        slot.findings.notice(item.offset, slot.path, message);
    } else {
        addresses.push(address);
    }
}

/// Compares two addresses as mail servers must: the domain in any case, the mailbox to the letter.
fn is_same_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((mailbox, domain)), Some((other_mailbox, other_domain))) => {
            mailbox == other_mailbox && domain.to_lowercase() == other_domain.to_lowercase()
        }
        (Some(_) | None, _) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_mailbox_and_a_domain_and_nothing_that_could_end_a_header() {
        let fit = [
            "a@example.org",
            "a+b@example.org",
            "j\u{f6}rg@example.org",
            "a@b\u{fc}cher.example",
            "root@localhost",
        ];
        for text in fit {
            assert!(is_address(text), "{text}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        let unfit = [
            "",
            "a",
            "@example.org",
            "a@",
            "a b@example.org",
            "a@example.org\r\nBcc: b@example.org",
            "\"a\u{7}\"@example.org",
            "\"a,b\"@example.org",
            "Me <a@example.org>",
            "a@example.org,b@example.org",
            "a@exa mple.org",
            "a@exam}ple.org",
            "\"a b\"@example.org",
            &long,
        ];
        for text in unfit {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn the_domain_counts_in_any_case_and_the_mailbox_does_not() {
        assert!(is_same_mailbox("a@example.org", "a@EXAMPLE.org"));
        assert!(!is_same_mailbox("a@example.org", "A@example.org"));
    }
}
