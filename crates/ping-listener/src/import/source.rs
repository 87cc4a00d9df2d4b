//! Asks another server over its API.

use std::time::Duration;

use crate::config::secret::Secret;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Bytes that an answer may have: some hundred thousand checks.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// The versions of the API, the latest first: an old server lacks the later ones.
const VERSIONS: [&str; 3] = ["v3", "v2", "v1"];

/// A server that is asked.
pub struct Source {
    url: String,
    key: Secret,
    agent: ureq::Agent,
}

impl Source {
    /// Takes the address of its pages, and a key. `Err` says what is wrong with the address.
    pub fn new(url: &str, key: &str) -> Result<Self, String> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(format!(
                "--url: expected an address that begins with http:// or https://, found {url:?}"
            ));
        }
        // A key goes to nobody but who was named.
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self { url: url.trim_end_matches('/').to_owned(), key: Secret::new(key), agent })
    }

    /// Gets a list by its path under the API. `Err` says what to do about it.
    pub fn get(&self, path: &str) -> Result<String, String> {
        for version in VERSIONS {
            let url = format!("{}/api/{version}/{path}", self.url);
            let mut answer = self
                .agent
                .get(&url)
                .header("X-Api-Key", self.key.reveal())
                .call()
                .map_err(|error| format!("{url} could not be asked: {error}"))?;
            match answer.status().as_u16() {
                200 => {
                    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
                    return body.map_err(|error| format!("{url} did not answer whole: {error}"));
                }
                404 => {}
                401 | 403 => {
                    return Err(format!(
                        "{url} does not take the key; it has to be a read-write key of the project"
                    ));
                }
                status @ 300..=399 => {
                    let place = answer.headers().get("location").and_then(|place| place.to_str().ok());
                    let place = place.unwrap_or("another address");
                    return Err(format!("{url} answered {status} and points to {place}; give that address"));
                }
                status => return Err(format!("{url} answered {status}")),
            }
        }
        Err(format!("{} has no such API (/api/v3/{path}); is it a Healthchecks server?", self.url))
    }
}
