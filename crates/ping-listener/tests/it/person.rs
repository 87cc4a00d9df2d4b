//! Somebody who is signed in, at a browser that runs no scripts: asks for pages and sends forms.

use rig::app::{TestApp, start};
use rig::client::Answer;

pub(crate) struct Person {
    pub(crate) app: TestApp,
    pub(crate) cookie: String,
    origin: String,
}

impl Person {
    /// Signs in to a server of this config whose mails stay in the local inbox.
    pub(crate) async fn at(config: String) -> Self {
        Self::of(start(config).await).await
    }

    /// Signs in to a server that runs.
    pub(crate) async fn of(app: TestApp) -> Self {
        let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
        Self { app, cookie, origin }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.app.ask("GET", target, &[("cookie", &self.cookie), ("accept", "text/html")]).await
    }

    /// Returns the text of a page that is there.
    pub(crate) async fn page(&self, target: &str) -> String {
        let answer = self.get(target).await;
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        answer.body
    }

    pub(crate) async fn send(&self, target: &str, form: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", self.origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
        ];
        self.app.post(target, &headers, form).await
    }

    /// Sends a form that is right, and returns the page it leads to.
    pub(crate) async fn send_on(&self, target: &str, form: &str) -> String {
        let answer = self.send(target, form).await;
        assert_eq!(answer.status, 303, "{form}: {answer:?}");
        self.page(answer.header("location")).await
    }
}
