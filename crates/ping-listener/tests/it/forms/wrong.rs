//! Every form filled in wrongly: it comes back with the mistake told beside its field and all that was typed, and
//! nothing has changed.

use std::collections::{BTreeMap, BTreeSet};

use rig::client::Answer;

use super::page::{Form, Page};
use super::tries::{ADDRESSED, Comes, EMPTY, GARBAGE, GONE, TRIES};
use super::walk::{self, Found};
use super::{assert_all, busy, question};
use crate::api::{KEY, ask};
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filled_in_wrongly_is_told_beside_its_field_and_changes_nothing() {
    let (app, mail) = busy().await;
    let person = Person::of(app).await;
    let forms = forms(&person).await;
    let before = world(&person).await;
    let mut tried = BTreeSet::new();
    for (name, fields, comes) in TRIES {
        let found = &forms.get(*name).unwrap_or_else(|| panic!("there is no {name}"));
        let (mut form, mut button) = (found.form.clone(), found.button.clone());
        for (field, value) in *fields {
            let value = written(value);
            if button.name == *field {
                button.value = value;
            } else {
                form.fill(field, &value);
            }
        }
        let answer = send(&person, &form, &form.sent(&button)).await;
        let what = format!("{name} with {fields:?}");
        assert_comes(&person, &form, comes, &answer, &what).await;
        assert_eq!(world(&person).await, before, "{what} changed something");
        tried.insert((*name).to_owned());
    }
    for name in EMPTY {
        assert!(name.contains("first=yes") || forms[name].form.fields.is_empty(), "{name} has fields");
        tried.insert(name.to_owned());
    }
    for name in ADDRESSED {
        let action = &forms[name].form.action;
        let number = action.split('/').find(|part| part.parse::<u64>().is_ok()).unwrap();
        for other in ["999", "0", "-1", "x", "99999999999999999999", "%00"] {
            let answer = person.send(&action.replace(number, other), "").await;
            assert_eq!(answer.status, 404, "{name} with {other}: {answer:?}");
        }
        assert_eq!(world(&person).await, before, "{name} changed something");
        tried.insert(name.to_owned());
    }
    assert_all(&tried);
    person.app.end_with(&mail).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_takes_the_server_aback_whatever_is_in_it() {
    let (app, mail) = busy().await;
    let person = Person::of(app).await;
    let mut sent = 0;
    for (name, Found { form, button, .. }) in forms(&person).await {
        // Who fails to sign in too often has to wait.
        if name.contains("/sign-") {
            continue;
        }
        let names: BTreeSet<_> = form.fields.iter().map(|field| field.name.clone()).collect();
        for field in names {
            let is_typed = form.field(&field).is_kept();
            // What nobody types is looked at by fewer rules.
            for garbage in GARBAGE.iter().step_by(if is_typed { 1 } else { 4 }) {
                let mut form = form.clone();
                // What was saved before makes it no older.
                if form.has("as_read") {
                    form.forge("as_read", "");
                }
                form.forge(&field, &written(garbage));
                let answer = send(&person, &form, &form.sent(&button)).await;
                assert_stands(
                    &person,
                    &form,
                    &field,
                    &answer,
                    &format!("{name} with {garbage:?} in {field}"),
                )
                .await;
                sent += 1;
            }
        }
    }
    println!("{sent} forms with something odd in a field");
    person.app.end_with(&mail).await;
}

/// Returns every form, by what it is called in the list.
async fn forms(person: &Person) -> BTreeMap<String, Found> {
    let mut pages = walk::pages(person).await;
    pages.push(("/".to_owned(), person.app.get("/").await.body));
    pages.push(("/checks/bulk".to_owned(), question(person).await));
    pages.push((
        "/".to_owned(),
        r#"<form method="post" action="/checks/new"><button name="first" value="yes"></form>"#.to_owned(),
    ));
    walk::forms(&pages)
}

async fn send(person: &Person, form: &Form, fields: &str) -> Answer {
    match form.method.as_str() {
        "GET" => person.get(&format!("{}?{fields}", form.action)).await,
        _ => person.send(&form.action, fields).await,
    }
}

/// Returns what there is to change: all checks, the keys, and what the status page shows.
async fn world(person: &Person) -> String {
    let checks = ask(&person.app, "GET", "/api/v3/checks/").await;
    assert_eq!(checks.status, 200, "{KEY} opens: {checks:?}");
    let store = &person.app.common().store;
    let keys = store.keys().await.unwrap().len();
    format!("{}{keys}{:?}", checks.body, store.status_page().await.unwrap())
}

/// Writes what a short form stands for.
fn written(value: &str) -> String {
    let many = value.split_once('*').and_then(|(sign, times)| Some((sign, times.parse().ok()?)));
    many.filter(|(sign, _)| sign.chars().count() == 1)
        .map_or(value.to_owned(), |(sign, times)| sign.repeat(times))
}

async fn assert_comes(person: &Person, form: &Form, comes: &Comes, answer: &Answer, what: &str) {
    match comes {
        Comes::Refused(status) => assert_eq!(answer.status, *status, "{what}: {answer:?}"),
        Comes::Says(words) => {
            assert!(answer.status < 500 && answer.body.contains(words), "{what}: {answer:?}");
        }
        Comes::Leads(words) => {
            assert_eq!(answer.status, 303, "{what}: {answer:?}");
            let page = person.get(answer.header("location")).await;
            assert!(page.body.contains(words), "{what}: {page:?}");
        }
        Comes::Told(field, words) => {
            let is_search = form.method == "GET" && answer.status == 200;
            assert!(is_search || (400..500).contains(&answer.status), "{what}: {answer:?}");
            let told = assert_kept(form, field, answer, what);
            assert!(told.iter().any(|text| text.contains(words)), "{what} is told {told:?}");
        }
    }
}

/// Asserts that a form came back with everything that was in it; returns the texts beside the field that is wrong.
fn assert_kept(form: &Form, wrong: &str, answer: &Answer, what: &str) -> Vec<String> {
    let page = Page::of(&answer.body);
    let again = page.forms.iter().find(|again| again.action == form.action && again.has(wrong));
    let again = again.unwrap_or_else(|| panic!("{what}: the form did not come back: {}", answer.body));
    for field in form.fields.iter().filter(|field| field.is_kept()) {
        let same = again.fields.iter().any(|other| {
            other.name == field.name && plain(other.value.as_deref()) == plain(field.value.as_deref())
        });
        assert!(same, "{what}: {field:?} was lost: {:?}", again.fields);
    }
    let told = again.field(wrong).told.clone();
    told.unwrap_or_else(|| panic!("{what}: {wrong} is not marked: {}", answer.body))
}

/// Lines end as they please on the way.
fn plain(value: Option<&str>) -> Option<String> {
    value.map(|value| value.replace('\r', "").trim().to_owned())
}

/// Asserts that an answer is one for people, and that a form that is refused comes back.
async fn assert_stands(person: &Person, form: &Form, field: &str, answer: &Answer, what: &str) {
    match answer.status {
        200 => assert!(answer.body.contains("</html>"), "{what}: {answer:?}"),
        303 => {
            let page = person.get(answer.header("location")).await;
            assert!(page.status == 200 || page.body.contains(GONE), "{what}: {page:?}");
        }
        400..500 if form.field(field).is_kept() => {
            let page = Page::of(&answer.body);
            let again = page.forms.iter().find(|again| again.action == form.action && again.has(field));
            let again = again.unwrap_or_else(|| panic!("{what}: the form did not come back: {answer:?}"));
            let wrong = again.fields.iter().find_map(|field| field.told.as_ref()).expect("a field is marked");
            assert!(wrong.iter().any(|text| !text.is_empty()), "{what}");
            assert_eq!(
                plain(again.field(field).value.as_deref()),
                plain(form.field(field).value.as_deref()),
                "{what}"
            );
        }
        400..500 => {}
        _ => panic!("{what}: {answer:?}"),
    }
}
