//! Ready lines and little programs that ping, one for each place where a job may live.

use domain::time::Span;

use super::words::snippets as words;

/// What the snippets ping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The whole address that tells success.
    pub(super) url: &'a str,
    /// The address takes `/start`, `/fail` and an exit status behind it.
    pub(super) takes_runs: bool,
    /// Only POST counts as a ping.
    pub(super) is_post_only: bool,
    /// How often the job runs.
    pub(super) rhythm: Rhythm<'a>,
}

/// How often a job runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rhythm<'a> {
    /// Once in so long a time.
    Every(Span),
    /// By a cron expression.
    Cron(&'a str),
    /// By something that none of the snippets can say.
    Other,
}

/// A text to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// Names it in addresses and ids.
    pub(super) key: &'static str,
    /// Names it for people.
    pub(super) title: &'static str,
    /// Where to put it.
    pub(super) hint: &'static str,
    pub(super) text: String,
}

/// Ends after ten seconds or five trials, fails on refusals, and says nothing but errors.
const CURL: &str = "curl -fsS -m 10 --retry 5 -o /dev/null";

/// Returns all snippets for a target, the commonest first.
pub(super) fn snippets(target: &Target<'_>) -> Vec<Snippet> {
    let url = quotable(target.url);
    let target = &Target { url: &url, ..*target };
    let snippet = |key, title, hint, text| Snippet { key, title, hint, text };
    let mut snippets = vec![snippet("curl", words::CURL, words::CURL_HINT, curl(target))];
    if target.takes_runs {
        snippets.push(snippet("shell", words::SHELL, words::SHELL_HINT, shell(target)));
    }
    snippets.extend([
        snippet("cron", words::CRON, words::CRON_HINT, cron(target)),
        snippet("systemd", words::SYSTEMD, words::SYSTEMD_HINT, systemd(target)),
        snippet("powershell", words::POWERSHELL, words::POWERSHELL_HINT, powershell(target)),
        snippet("python", words::PYTHON, words::PYTHON_HINT, python(target)),
        snippet("node", words::NODE, words::NODE_HINT, node(target)),
        snippet("arduino", words::ARDUINO, words::ARDUINO_HINT, arduino(target)),
        snippet("home-assistant", words::HOME_ASSISTANT, words::HOME_ASSISTANT_HINT, home_assistant(target)),
    ]);
    snippets
}

/// Writes what quotes or shells would take for their own as addresses may: `'` as `%27`.
pub(super) fn quotable(url: &str) -> String {
    let mut quotable = String::with_capacity(url.len());
    for sign in url.chars() {
        match sign {
            '\'' => quotable.push_str("%27"),
            '"' => quotable.push_str("%22"),
            '$' => quotable.push_str("%24"),
            '!' => quotable.push_str("%21"),
            '`' => quotable.push_str("%60"),
            '\\' => quotable.push_str("%5C"),
            _ => quotable.push(sign),
        }
    }
    quotable
}

/// Returns the command that pings, up to the address.
fn command(target: &Target<'_>) -> String {
    if target.is_post_only { format!("{CURL} -X POST") } else { CURL.to_owned() }
}

fn curl(target: &Target<'_>) -> String {
    format!("{} '{}'\n", command(target), target.url)
}

fn shell(target: &Target<'_>) -> String {
    let (command, url) = (command(target), target.url);
    format!("{command} '{url}/start'\n/path/to/job\n{command} '{url}/'$?\n")
}

fn cron(target: &Target<'_>) -> String {
    let (when, command, url) = (cron_times(target.rhythm), command(target), target.url.replace('%', "\\%"));
    if target.takes_runs {
        format!("{when} /path/to/job; {command} '{url}/'$?\n")
    } else {
        format!("{when} /path/to/job && {command} '{url}'\n")
    }
}

fn systemd(target: &Target<'_>) -> String {
    let (command, url) = (command(target), target.url.replace('%', "%%"));
    let done = format!("ExecStartPost=-/usr/bin/{command} '{url}'\n");
    if !target.takes_runs {
        return format!("[Service]\nType=oneshot\nExecStart=/path/to/job\n{done}");
    }
    format!(
        "[Service]\nType=oneshot\nExecStartPre=-/usr/bin/{command} '{url}/start'\nExecStart=/path/to/job\n{done}\
         ExecStopPost=-/bin/sh -c '[ \"$SERVICE_RESULT\" = success ] || exec {command} \"{url}/fail\"'\n"
    )
}

fn powershell(target: &Target<'_>) -> String {
    let url = target.url;
    let method = if target.is_post_only { " -Method Post" } else { "" };
    let ping = |suffix: &str| {
        format!("Invoke-RestMethod -Uri \"$ping{suffix}\"{method} -TimeoutSec 10 | Out-Null\n")
    };
    let (start, done, fail) = (ping("/start"), ping(""), ping("/fail"));
    if !target.takes_runs {
        return format!(
            "$ping = '{url}'\n& 'C:\\path\\to\\job.exe'\nif ($LASTEXITCODE -eq 0) {{ {} }}\n",
            done.trim_end()
        );
    }
    format!(
        "$ping = '{url}'\n{start}& 'C:\\path\\to\\job.exe'\nif ($LASTEXITCODE -eq 0) {{\n  {done}}} else {{\n  {fail}}}\n"
    )
}

fn python(target: &Target<'_>) -> String {
    let url = target.url;
    let request = if target.is_post_only {
        "urllib.request.Request(PING + end, method=\"POST\")"
    } else {
        "PING + end"
    };
    let run = if target.takes_runs {
        "ping(\"/start\")\ntry:\n    job()\nexcept BaseException:\n    ping(\"/fail\")\n    raise\nping()\n"
    } else {
        "job()\nping()\n"
    };
    format!(
        "import urllib.request\n\nPING = \"{url}\"\n\n\ndef ping(end=\"\"):\n    try:\n        \
         urllib.request.urlopen({request}, timeout=10).close()\n    except OSError as error:\n        \
         print(error)\n\n\n{run}"
    )
}

fn node(target: &Target<'_>) -> String {
    let url = target.url;
    let method = if target.is_post_only { "method: \"POST\", " } else { "" };
    let run = if target.takes_runs {
        "await ping(\"/start\");\ntry {\n  await job();\n} catch (error) {\n  await ping(\"/fail\");\n  throw error;\n}\n\
         await ping();\n"
    } else {
        "await job();\nawait ping();\n"
    };
    format!(
        "const ping = (end = \"\") =>\n  fetch(\"{url}\" + end, {{ {method}signal: AbortSignal.timeout(10_000) }})\n    \
         .catch(console.error);\n\n{run}"
    )
}

fn arduino(target: &Target<'_>) -> String {
    let (url, pause) = (target.url, pause(target.rhythm).as_micros() / 1_000);
    let method = if target.is_post_only { "POST(\"\")" } else { "GET()" };
    format!(
        "#include <HTTPClient.h>\n#include <WiFi.h>\n\nvoid ping() {{\n  HTTPClient http;\n  http.setTimeout(10000);\n  \
         if (http.begin(\"{url}\")) {{\n    http.{method};\n    http.end();\n  }}\n}}\n\n\
         void loop() {{\n  ping();\n  delay({pause});\n}}\n"
    )
}

fn home_assistant(target: &Target<'_>) -> String {
    let (url, trigger) = (target.url, home_assistant_trigger(target.rhythm));
    let method = if target.is_post_only { "post" } else { "get" };
    format!(
        "rest_command:\n  ping_listener:\n    url: \"{url}\"\n    method: {method}\n    timeout: 10\n\n\
         automation:\n  - alias: Ping Listener\n    triggers:\n      - {trigger}\n    actions:\n      \
         - action: rest_command.ping_listener\n"
    )
}

/// A period by what a clock shows: so many of a unit that is counted from the top of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    Seconds(i64),
    Minutes(i64),
    Hours(i64),
    Daily,
    Weekly,
}

impl Beat {
    /// Returns the beat that comes at least as often as the period, and never drifts.
    fn within(period: Span) -> Self {
        /// What a minute and an hour can be parted into.
        const OF_SIXTY: [i64; 11] = [30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1];
        /// What a day can be parted into.
        const OF_A_DAY: [i64; 7] = [12, 8, 6, 4, 3, 2, 1];
        let largest = |of: &[i64], most: i64| of.iter().copied().find(|part| *part <= most).unwrap_or(1);
        match period.as_micros() / 1_000_000 {
            seconds @ ..60 => Self::Seconds(largest(&OF_SIXTY, seconds)),
            seconds @ ..3_600 => Self::Minutes(largest(&OF_SIXTY, seconds / 60)),
            seconds @ ..86_400 => Self::Hours(largest(&OF_A_DAY, seconds / 3_600)),
            ..604_800 => Self::Daily,
            _ => Self::Weekly,
        }
    }
}

/// What a job does of which nothing is known.
const USUAL: Span = Span::from_minutes(5);

fn cron_times(rhythm: Rhythm<'_>) -> String {
    let every = match rhythm {
        Rhythm::Cron(expression) => return expression.to_owned(),
        Rhythm::Every(period) => period,
        Rhythm::Other => USUAL,
    };
    match Beat::within(every) {
        Beat::Seconds(_) | Beat::Minutes(1) => "* * * * *".to_owned(),
        Beat::Minutes(minutes) => format!("*/{minutes} * * * *"),
        Beat::Hours(1) => "0 * * * *".to_owned(),
        Beat::Hours(hours) => format!("0 */{hours} * * *"),
        Beat::Daily => "0 3 * * *".to_owned(),
        Beat::Weekly => "0 3 * * 1".to_owned(),
    }
}

fn home_assistant_trigger(rhythm: Rhythm<'_>) -> String {
    let pattern = |unit: &str, number| format!("trigger: time_pattern\n        {unit}: \"/{number}\"");
    match Beat::within(pause(rhythm)) {
        Beat::Seconds(seconds) => pattern("seconds", seconds),
        Beat::Minutes(minutes) => pattern("minutes", minutes),
        Beat::Hours(hours) => pattern("hours", hours),
        Beat::Daily | Beat::Weekly => "trigger: time\n        at: \"03:00:00\"".to_owned(),
    }
}

/// Returns how long something that only counts may wait between two pings.
fn pause(rhythm: Rhythm<'_>) -> Span {
    match rhythm {
        // A counter of milliseconds in 32 bits holds more than a day.
        Rhythm::Every(period) => period.clamp(Span::from_seconds(1), Span::from_hours(24)),
        Rhythm::Cron(_) | Rhythm::Other => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID_URL: &str = "https://pings.example.org/ping/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55";

    fn target(url: &str) -> Target<'_> {
        Target { url, takes_runs: true, is_post_only: false, rhythm: Rhythm::Other }
    }

    fn text(target: &Target<'_>, key: &str) -> String {
        snippets(target).into_iter().find(|snippet| snippet.key == key).unwrap().text
    }

    #[test]
    fn each_snippet_has_the_address_and_a_name_of_its_own() {
        let all = snippets(&target(UUID_URL));
        assert_eq!(all.len(), 9);
        for snippet in &all {
            assert!(snippet.text.contains(UUID_URL), "{}", snippet.text);
            assert!(snippet.text.ends_with('\n') && !snippet.text.ends_with("\n\n"), "{}", snippet.text);
            assert_eq!(all.iter().filter(|other| other.key == snippet.key).count(), 1);
        }
    }

    #[test]
    fn the_help_has_the_same_texts() {
        let help = include_str!("../../../../docs/pings.md");
        let language = |key| match key {
            "systemd" => "ini",
            "powershell" | "python" => key,
            "node" => "js",
            "arduino" => "cpp",
            "home-assistant" => "yaml",
            _ => "sh",
        };
        let section = |Snippet { key, title, hint, text }: Snippet| {
            let (language, hint) = (language(key), hint.replace(". ", ".\n"));
            format!("\n## {title}\n\n{hint}\n\n```{language}\n{text}```\n")
        };
        let sections: String = snippets(&target(UUID_URL)).into_iter().map(section).collect();
        assert!(help.ends_with(&sections), "docs/pings.md has to end with this:\n{sections}");
    }

    #[test]
    fn a_declared_check_is_told_of_success_alone() {
        let url = "https://pings.example.org/ping?username=test";
        for snippet in snippets(&Target { takes_runs: false, ..target(url) }) {
            assert!(!snippet.text.contains("/fail") && !snippet.text.contains("/start"), "{}", snippet.text);
        }
    }

    #[test]
    fn a_check_that_takes_only_post_gets_it_from_all() {
        for snippet in snippets(&Target { is_post_only: true, ..target(UUID_URL) }) {
            assert!(snippet.text.to_lowercase().contains("post"), "{}", snippet.text);
        }
    }

    #[test]
    fn nothing_of_an_address_ends_its_quotes() {
        let hostile = "https://pings.example.org/it's/$(reboot)/`x`/\"!\\/ping?username=a%20b&key=c";
        for snippet in snippets(&Target { takes_runs: false, ..target(hostile) }) {
            for bad in ["it's", "$(reboot)", "`", "\"!", "!\\"] {
                assert!(!snippet.text.contains(bad), "{}", snippet.text);
            }
        }
        let target = target("https://pings.example.org/ping?username=a%20b&key=c");
        assert!(text(&target, "cron").contains("'https://pings.example.org/ping?username=a\\%20b&key=c/'$?"));
        assert!(text(&target, "systemd").contains("'https://pings.example.org/ping?username=a%%20b&key=c'"));
    }

    #[test]
    fn a_job_comes_as_often_as_its_check_wants() {
        let seconds = Span::from_seconds;
        for (period, times, trigger) in [
            (seconds(4), "* * * * *", "seconds: \"/4\""),
            (seconds(59), "* * * * *", "seconds: \"/30\""),
            (seconds(60), "* * * * *", "minutes: \"/1\""),
            (seconds(420), "*/6 * * * *", "minutes: \"/6\""),
            (Span::from_hours(1), "0 * * * *", "hours: \"/1\""),
            (Span::from_hours(7), "0 */6 * * *", "hours: \"/6\""),
            (Span::from_hours(24), "0 3 * * *", "at: \"03:00:00\""),
            (Span::from_hours(200), "0 3 * * 1", "at: \"03:00:00\""),
        ] {
            let target = Target { rhythm: Rhythm::Every(period), ..target(UUID_URL) };
            assert!(text(&target, "cron").starts_with(&format!("{times} /path/to/job; ")), "{period}");
            assert!(text(&target, "home-assistant").contains(trigger), "{period}");
        }
        let target = Target { rhythm: Rhythm::Cron("30 3 * * MON-FRI"), ..target(UUID_URL) };
        assert!(text(&target, "cron").starts_with("30 3 * * MON-FRI /path/to/job; "));
    }
}
