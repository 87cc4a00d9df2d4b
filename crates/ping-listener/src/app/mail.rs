//! Where mails go: from the settings to a channel, and in words.

use crate::channels::email::{self, Deadlines, Email};
use crate::channels::login::Credentials;
use crate::config::mail_route::{MailRoute, Security};
use crate::outbox::Channel;
use crate::store::ChannelKind;

/// Makes the channel for a route, or says which setting is of no use.
pub fn channel_of(route: MailRoute, deadlines: Deadlines) -> Result<(Channel, ChannelKind), String> {
    let settings = match route {
        MailRoute::Inbox { from } => return Ok((Channel::Inbox(from), ChannelKind::Inbox)),
        MailRoute::Smtp(settings) => settings,
    };
    let email = Email::new(email::SmtpSettings {
        server: settings.server,
        port: settings.port,
        security: match settings.security {
            Security::Tls => email::Security::Tls,
            Security::StartTls => email::Security::StartTls,
            Security::Plain => email::Security::Plain,
        },
        credentials: settings
            .credentials
            .map(|(login, password)| Credentials { login, password: password.reveal().to_owned() }),
        from: settings.from,
        extra_ca: settings.extra_ca,
        deadlines,
    });
    Ok((Channel::Email(email.map_err(|error| error.to_string())?), ChannelKind::Email))
}

/// Says where mails go.
#[must_use]
pub fn route_in_words(route: &MailRoute) -> String {
    match route {
        MailRoute::Inbox { .. } => "the local inbox, so MAILS STAY ON THIS MACHINE".to_owned(),
        MailRoute::Smtp(settings) => {
            let security = match settings.security {
                Security::Tls => "TLS",
                Security::StartTls => "STARTTLS",
                Security::Plain => "plain text",
            };
            format!("{}:{} by SMTP over {security}", settings.server, settings.port)
        }
    }
}
