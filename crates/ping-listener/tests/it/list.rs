//! The list of checks without a script: what is read, filled in and sent, and what comes back.

mod seen;

use rig::app::{config, user};

use super::person::Person;

impl Person {
    /// Makes a check and returns its UUID.
    async fn make(&self, name: &str) -> String {
        let answer =
            self.send("/checks/new", &format!("name={name}&kind=period&period=1+h&grace=10+min")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let place = answer.header("location").to_owned();
        place.trim_start_matches("/checks/").split('?').next().unwrap().to_owned()
    }

    /// Returns the UUID of a check that the list shows.
    pub(crate) async fn uuid(&self, name: &str) -> String {
        let page = self.page("/").await;
        row(&page, name).split("name=\"check\" value=\"").nth(1).unwrap()[..36].to_owned()
    }

    /// Does something to checks from the list.
    async fn act(&self, action: &str, checks: &[&str]) -> String {
        let checks = checks.join("&check=");
        self.send_on("/checks/bulk", &format!("do={action}&check={checks}")).await
    }
}

/// Returns the line of the list that shows a check.
fn row<'p>(page: &'p str, name: &str) -> &'p str {
    let rows = page.split("<tr ").skip(1).map(|row| row.split("</tr>").next().unwrap());
    let mut named = rows.filter(|row| row.contains(&format!("<bdi>{name}</bdi></a>")));
    named.next().unwrap_or_else(|| panic!("{name} is not in {page}"))
}

fn names(page: &str) -> Vec<&str> {
    let rows = page.split("<th scope=\"row\"><a href=\"").skip(1);
    rows.map(|row| row.split("<bdi>").nth(1).unwrap().split("</bdi>").next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_makes_a_first_check_with_a_line_that_pings_it() {
    let person = Person::at(config("", "")).await;
    let page = person.page("/").await;
    assert!(page.contains("No check yet.") && page.contains("Make a first check"), "{page}");
    let page = person.send_on("/checks/new", "first=yes").await;
    assert!(page.contains("The check is made.") && page.contains("My first check"), "{page}");
    let url = page.split("/ping/").nth(1).unwrap();
    assert!(page.contains("curl -fsS"), "{page}");
    assert_eq!(person.app.get(&format!("/ping/{}", &url[..36])).await.body, "OK");
    let page = person.page("/").await;
    assert!(row(&page, "My first check").starts_with("id=\"check-") && page.contains("Nobody is silent."));
    assert!(!page.contains("curl -fsS"), "it has pinged: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_wrong_keeps_what_was_typed_and_says_what_is_wrong_beside_it() {
    let person = Person::at(config("", "")).await;
    let wrong = "name=&tags=a+b&kind=period&period=5&grace=soon";
    let answer = person.send("/checks/new", wrong).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    for told in ["Give it a name.", "“5” is none", "“soon” is none", "value=\"a b\"", "value=\"soon\""]
    {
        assert!(answer.body.contains(told), "{told}: {}", answer.body);
    }
    assert_eq!(answer.body.matches("aria-invalid=\"true\"").count(), 3, "{}", answer.body);
    assert!(answer.body.contains("aria-describedby=\"period-error period-hint\""), "{}", answer.body);
    let clock = "name=job&kind=schedule&schedule=61+*+*+*+*&tz=Mars/North&grace=1+h";
    let answer = person.send("/checks/new", clock).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.body.contains("“Mars/North” is none") && answer.body.contains("61 * * * *"));
    assert!(person.page("/").await.contains("No check yet."), "nothing was made");
    let right = clock.replace("61", "0").replace("Mars/North", "Europe/Riga");
    assert_eq!(person.send("/checks/new", &right).await.status, 303);
    let page = person.page("/").await;
    assert!(row(&page, "job").contains("Europe/Riga"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_many_leaves_those_of_the_config_as_they_are() {
    let person = Person::at(config("", &user("pump", 10.0, 60.0, ""))).await;
    let uuids = [person.make("one").await, person.make("two").await];
    let page = person.page("/?sort=name").await;
    assert_eq!(names(&page), ["one", "pump", "two"]);
    let declared = row(&page, "pump").split("/checks/").nth(1).unwrap()[..36].to_owned();
    let all = [uuids[0].as_str(), uuids[1].as_str(), declared.as_str()];

    let page = person.act("pause", &all).await;
    assert!(page.contains("2 checks paused") && row(&page, "one").contains("class=\"paused\""), "{page}");
    assert!(!row(&page, "pump").contains("class=\"paused\""), "{page}");
    assert!(person.act("pause", &all).await.contains("Nothing was changed"), "they are paused already");
    assert!(person.act("resume", &all[..1]).await.contains("1 check resumed"));

    let page = person.act("tag&tag=night", &all).await;
    assert!(page.contains("2 checks tagged"), "{page}");
    assert_eq!(names(&person.page("/?tag=night&sort=-name").await), ["two", "one"]);
    assert_eq!(names(&person.page("/?q=NIGH&sort=name").await), ["one", "two"]);
    assert!(person.act("untag&tag=night", &all[1..]).await.contains("taken off 1 check"));

    let page = person.act("snooze&for=1h", &all).await;
    assert!(page.contains("3 checks snoozed") && row(&page, "pump").contains("10:0"), "{page}");
    assert!(person.act("wake", &all[2..]).await.contains("1 check not snoozed any more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_are_deleted_only_after_one_more_question() {
    let person = Person::at(config("", &user("pump", 10.0, 60.0, ""))).await;
    let uuid = person.make("job").await;
    let asked = person.send("/checks/bulk", &format!("one=delete+{uuid}&back=q%3Djob")).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    assert!(asked.body.contains("Delete this check?") && asked.body.contains("<bdi>job</bdi>"), "{asked:?}");
    assert!(asked.body.contains("href=\"/?q=job\""), "one can go back: {asked:?}");
    assert_eq!(names(&person.page("/?sort=name").await), ["job", "pump"], "nothing is deleted yet");
    let answer = person.send("/checks/bulk", &format!("do=delete&sure=yes&check={uuid}&back=q%3Djob")).await;
    assert_eq!(answer.header("location"), "/?q=job&done=deleted&of=1");
    assert_eq!(names(&person.page("/").await), ["pump"]);
    let declared = person.page("/").await.split("/checks/").nth(2).unwrap()[..36].to_owned();
    let page = person.act("delete&sure=yes", &[&declared]).await;
    assert!(page.contains("Nothing was changed") && names(&page) == ["pump"], "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_stays_chosen_when_something_is_missing() {
    let person = Person::at(config("", &user("pump", 10.0, 60.0, ""))).await;
    let (one, two) = (person.make("one").await, person.make("two").await);
    let answer = person.send("/checks/bulk", &format!("do=tag&tag=two+words&check={one}")).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(
        answer.body.contains("Write one tag, without spaces.") && answer.body.contains("value=\"two words\"")
    );
    let is_ticked = |name| row(&answer.body, name).contains(" checked>");
    assert!(is_ticked("one") && !is_ticked("two"), "{}", answer.body);
    let answer = person.send("/checks/bulk", &format!("do=snooze&for=31d&check={two}")).await;
    assert!(answer.status == 422 && answer.body.contains("at most 30 days"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_a_page_at_a_time_and_in_part() {
    let users: Vec<_> = (0..450).map(|n| user(&format!("u{n:03}"), 1_000.0, 60.0, "")).collect();
    let person = Person::at(config("", &users.join(","))).await;
    let page = person.page("/?sort=name").await;
    assert_eq!((names(&page).len(), names(&page)[0]), (200, "u000"));
    assert!(page.contains("href=\"/?sort=name&#38;from=200\""), "{page}");
    assert_eq!(names(&person.page("/?sort=name&from=400").await).len(), 50);
    let part = person.page("/?q=u44&part=rows").await;
    assert!(!part.contains("<html") && names(&part).len() == 10, "{part}");
    assert!(person.page("/?q=nobody").await.contains("No check is like that."));
    assert_eq!(names(&person.page("/?standing=down").await).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_and_the_icon_tell_who_only_sees_the_window() {
    let mut person = Person::at(config("", &user("pump", 10.0, 60.0, ""))).await;
    let page = person.page("/").await;
    assert!(page.contains("<title>Checks · Ping Listener</title>") && page.contains("/static/icon.svg"));
    person.app.advance(30.0).await;
    let page = person.page("/").await;
    assert!(page.contains("<title>1 down · Checks · Ping Listener</title>"), "{page}");
    assert!(
        page.contains("href=\"/static/icon-down.svg\"") && page.contains("1 of 1 check is down."),
        "{page}"
    );
    assert!(row(&page, "pump").contains("Silent") && row(&page, "pump").contains("class=\"down\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_signs_everybody_out() {
    let person = Person::at(config("", &user("pump", 10.0, 60.0, ""))).await;
    let other = person.app.sign_in().await;
    let answer = person.send("/sign-out/everywhere", "").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{answer:?}");
    for cookie in [&person.cookie, &other] {
        assert_eq!(person.app.ask("GET", "/", &[("cookie", cookie)]).await.status, 401);
    }
}
