//! Channels: where alerts can go, which is to the recipients of the config by e-mail.

use std::sync::Arc;

use http::StatusCode;

use super::call::Call;
use super::fault::Fault;
use super::operations::Outcome;
use super::shapes::{ChannelList, ChannelShape};
use super::{Api, answers};

/// What people call the one channel.
const NAME: &str = "E-mail";

/// Lists the channels.
pub(super) async fn list(api: Arc<Api>, _call: Call) -> Outcome {
    let channels = id(&api).map(|id| ChannelShape { id, name: NAME, kind: "email" });
    Ok(answers::json(StatusCode::OK, &ChannelList { channels: channels.into_iter().collect() }))
}

/// Returns the identity of the channel, or `None` if nobody is to be told.
pub(super) fn id(api: &Api) -> Option<String> {
    let has_recipients = !api.config.load().recipients.is_empty();
    has_recipients.then(|| api.store.channel_uuid().hyphenated().to_string())
}

/// Returns whether a request wants the channel, or `None` if it does not say.
pub(super) fn chosen(api: &Api, asked: Option<&str>) -> Result<Option<bool>, Fault> {
    asked.map(|asked| is_chosen(asked, id(api).as_deref())).transpose()
}

fn is_chosen(asked: &str, id: Option<&str>) -> Result<bool, Fault> {
    match asked {
        "" => return Ok(false),
        "*" => return Ok(id.is_some()),
        _ => {}
    }
    for item in asked.split(',') {
        if item.is_empty() {
            return Err(Fault::Wrong("empty channel identifier".into()));
        }
        if id.is_none_or(|id| item != id && item != NAME) {
            return Err(Fault::Wrong(format!("invalid channel identifier: {item}").into()));
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "b0d2c7f1-6a0d-4b1e-9f57-2f1f4c3d9a10";

    #[test]
    fn channels_are_chosen_by_id_by_name_or_all() {
        let chosen = |asked: &str| is_chosen(asked, Some(ID));
        for (asked, is_told) in
            [("*", true), ("", false), (ID, true), ("E-mail", true), (&format!("{ID},E-mail"), true)]
        {
            assert_eq!(chosen(asked), Ok(is_told), "{asked}");
        }
        for (asked, why) in [
            ("x", "invalid channel identifier: x"),
            ("e-mail", "invalid channel identifier: e-mail"),
            (" E-mail", "invalid channel identifier:  E-mail"),
            (",", "empty channel identifier"),
            ("E-mail,", "empty channel identifier"),
            ("*,E-mail", "invalid channel identifier: *"),
        ] {
            assert_eq!(chosen(asked), Err(Fault::Wrong(why.into())), "{asked}");
        }
        assert_eq!(is_chosen("*", None), Ok(false));
        assert!(is_chosen(ID, None).is_err());
    }
}
