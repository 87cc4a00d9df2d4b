//! The list of checks, and the door before it.

use rig::app::{Setup, config, user};

use super::readable::Readable;
use super::town::town;
use super::{assert_answer, assert_same};
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_as_accepted() {
    let seen = &mut Readable::default();
    let person = Person::of(town().await.app).await;
    person.assert_page("list", seen, "/").await;
    person.assert_page("list_filtered", seen, "/?q=prod&sort=-name&tag=etl").await;
    person.assert_page("list_of_nobody", seen, "/?q=nobody").await;
    person.assert_page("list_part", seen, "/?q=camera&part=rows").await;
    person.assert_page("list_testing", seen, "/?q=pump&testing=on").await;
    let page = person.page("/?q=backup").await;
    let uuid = page.split("name=\"one\" value=\"delete ").nth(1).unwrap().split('"').next().unwrap();
    let asked = person.send("/checks/bulk", &format!("one=delete+{uuid}&back=q%3Dbackup")).await;
    assert_answer("delete", seen, &asked);
    let wrong = format!("do=tag&tag=two+words&check={uuid}&back=q%3Dbackup");
    assert_answer("list_wrong_tag", seen, &person.send("/checks/bulk", &wrong).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_the_first_check_is_as_accepted() {
    let seen = &mut Readable::default();
    let person = Person::at(config("", "")).await;
    assert_same("list_empty_with_its_frame", &seen.whole(&person.page("/").await));
    let made = person.send("/checks/new", "first=yes").await;
    person.assert_page("list_of_the_first_check", seen, made.header("location")).await;
    assert_answer("no_such_page", seen, &person.get("/nowhere").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_is_as_accepted() {
    let seen = &mut Readable::default();
    let setup = || Setup::new(config("", &user("pump", 60.0, 60.0, "")));
    let person = Person::of(setup().start().await).await;
    let stranger = person.app.get("/").await;
    assert_same("sign_in_with_its_frame", &seen.whole(&stranger.body));
    assert_answer("sign_in_wrong", seen, &person.send("/sign-in", "password=guess").await);
    assert_answer("sign_in_by_link", seen, &person.app.get("/sign-in?token=0123456789").await);
    let closed = setup().start().await.restart_with("TESTING_PASSWORD", "").await;
    assert_answer("sign_in_closed", seen, &closed.get("/").await);
}
