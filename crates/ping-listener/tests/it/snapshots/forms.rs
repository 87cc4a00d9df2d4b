//! What is filled in: clean, wrong, looked at and saved.

use rig::app::config;

use super::readable::Readable;
use super::{assert_answer, assert_same};
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_new_check_is_as_accepted() {
    let seen = &mut Readable::default();
    let person = Person::at(config("", "")).await;
    person.assert_page("new", seen, "/checks/new").await;
    let wrong = "name=&tags=a+b&kind=schedule&period=5&schedule=61+*+*+*+*&tz=Mars/North&grace=soon";
    assert_answer("new_wrong", seen, &person.send("/checks/new", wrong).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_check_is_as_accepted() {
    let seen = &mut Readable::default();
    let mut person = Person::at(config("", "")).await;
    let right = "name=Nightly+export&tags=etl+prod&kind=period&period=1+d&grace=1+h";
    let made = person.send("/checks/new", right).await;
    let page = made.header("location").split('?').next().unwrap().to_owned();
    let edit = format!("{page}/edit");
    person.assert_page("edit", seen, &edit).await;
    let by_clock = "name=Nightly+export&slug=nightly&tags=etl&desc=Dumps+all.%0D%0AAsk+Ann.&kind=schedule&period=1+d\
                    &schedule=0+2+*+*+Mon-Fri&tz=Europe/Riga&grace=15+min&max_runtime=2+h&is_told=on&is_post_only=on\
                    &filter_http_body=on&failure_kw=error";
    assert_answer("edit_looked_at", seen, &person.send(&edit, &format!("{by_clock}&preview=1")).await);
    let wrong = "name=&slug=Not+a+slug&kind=schedule&period=soon&schedule=0+25+*+*+*&tz=Mars&grace=&max_runtime=400+d\
                 &filter_http_body=on";
    assert_answer("edit_wrong", seen, &person.send(&edit, wrong).await);
    person.app.advance(60.0).await;
    person.send_on(&edit, by_clock).await;
    person.app.advance(60.0).await;
    let uuid = page.rsplit('/').next().unwrap();
    person.send_on("/checks/bulk", &format!("one=pause+{uuid}&back=check")).await;
    person.assert_page("changes", seen, &format!("{page}/changes")).await;
    let part = person.page("/checks/preview?kind=schedule&schedule=0+9+30+2+*&tz=Asia/Tokyo&grace=1+h").await;
    assert_same("preview_of_a_day_that_never_comes", &seen.whole(&part));
}
