//! A walk through all pages, from link to link, that finds every form there is.

use std::collections::{BTreeMap, VecDeque};

use crate::person::Person;

use super::page::{Button, Form, Page};

/// Pages of one kind that are looked at: the same form can be on one check's page and not on another's.
const OF_A_KIND_MAX: usize = 8;

/// What nobody links to while he is signed in.
const UNLINKED: [&str; 2] = ["/sign-in?token=x", "/?testing=on"];

/// A form, and one of its buttons.
pub(super) struct Found {
    pub(super) form: Form,
    pub(super) button: Button,
}

/// Returns every page that can be reached by links, with its address.
pub(super) async fn pages(person: &Person) -> Vec<(String, String)> {
    let mut ahead: VecDeque<_> = std::iter::once("/").chain(UNLINKED).map(str::to_owned).collect();
    let mut seen = BTreeMap::new();
    let mut pages: Vec<(String, String)> = Vec::new();
    while let Some(address) = ahead.pop_front() {
        if pages.iter().any(|(known, _)| *known == address) {
            continue;
        }
        let of_kind: &mut usize = seen.entry(kind(&address)).or_default();
        *of_kind += 1;
        if OF_A_KIND_MAX < *of_kind {
            continue;
        }
        let answer = person.get(&address).await;
        assert_eq!(answer.status, 200, "a link leads to {address}: {answer:?}");
        if answer.header("content-type").starts_with("text/html") {
            let links = Page::of(&answer.body).links;
            // A place on a page is no other page.
            let links = links.iter().filter_map(|link| link.split('#').next());
            ahead.extend(
                links.filter(|link| link.starts_with('/') && !link.starts_with("//")).map(str::to_owned),
            );
            pages.push((address, answer.body));
        }
    }
    pages
}

/// Returns each form of these pages once for each of its buttons, by what it is called in the list.
pub(super) fn forms(pages: &[(String, String)]) -> BTreeMap<String, Found> {
    let mut forms = BTreeMap::new();
    for (address, html) in pages {
        for form in Page::of(html).forms {
            let buttons =
                if form.buttons.is_empty() { vec![Button::default()] } else { form.buttons.clone() };
            for button in buttons {
                let is_by_link = form.fields.iter().any(|field| field.name == "token");
                let parts = [address, &form.method, &form.action, &button.name, &button.value];
                let name = called(parts.map(String::as_str), is_by_link);
                forms.entry(name).or_insert(Found { form: form.clone(), button });
            }
        }
    }
    forms
}

/// Returns what a form is called in the list, by page, method, address, and the name and value of its button.
pub(super) fn called([page, method, action, name, value]: [&str; 5], is_by_link: bool) -> String {
    // Who signs in or out does so on every page.
    let is_everywhere = action.starts_with("/sign-");
    let page = if is_everywhere { "*".to_owned() } else { path(page) };
    // Behind the word of a button stands for how long or on which check.
    let word = value.split([' ', ':']).next().unwrap_or_default();
    let button = if name.is_empty() { String::new() } else { format!(" {name}={word}") };
    format!("{page} {method} {}{button}{}", path(action), if is_by_link { " by link" } else { "" })
}

/// Writes a path with a word for what differs from check to check.
pub(super) fn path(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let part = |part: &str| {
        let is_number = part.starts_with(|sign: char| sign.is_ascii_digit());
        match part.len() {
            36 if part.matches('-').count() == 4 => "{uuid}".to_owned(),
            _ if is_number => "{n}".to_owned(),
            _ => part.to_owned(),
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What pages of one kind have in common: the path, and which questions are asked there.
pub(super) fn kind(address: &str) -> String {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{}?{}", path(address), names.join("&"))
}
