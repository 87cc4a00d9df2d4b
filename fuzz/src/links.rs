//! Links in mails: every name comes out of its link as it went in, and only our own signature is ours.

use jiff::civil::Date;
use ping_listener::links::Links;

use crate::input::Input;

/// Reads the first bytes as a day, a line as a signature that somebody made up, and the rest as a name.
pub fn target(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let number = |byte: u8, most: i16| 1 + i16::from(byte) % most;
    let year = i16::from(input.byte()) * 39 + i16::from(input.byte()) % 39;
    let month = i8::try_from(number(input.byte(), 12)).unwrap_or(1);
    let Ok(date) = Date::new(year, month, i8::try_from(number(input.byte(), 31)).unwrap_or(1)) else {
        return;
    };
    let made_up = input.text();
    let name = String::from_utf8_lossy(input.rest());
    let links = Links::new("https://pings.example.org/", [7; 32]);
    let url = links.logs_url(&name, date, true);
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>'".contains(&byte)), "{url}");
    let query = url.strip_prefix("https://pings.example.org/logs?").expect("the link begins with the prefix");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let keys: Vec<_> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["username", "year", "month", "day", "signature"], "{url}");
    assert_eq!(pairs[0].1, name, "{url}");
    if !name.is_empty() && date.year() != 0 {
        let asked = ping_listener::web::logs::read(&pairs).expect("our own link is understood");
        assert_eq!((asked.name.as_str(), asked.date), (&*name, date), "{url}");
    }
    let signature = &pairs[4].1;
    assert!(links.is_signed(&name, date, signature));
    assert_eq!(links.is_signed(&name, date, &made_up), made_up == *signature);
    assert!(!links.is_signed(&format!("{name}x"), date, signature));
    assert!(!Links::new("https://pings.example.org/", [8; 32]).is_signed(&name, date, signature));
}
