//! What is said about the ready lines that ping.

pub(in crate::web) const CURL: &str = "curl";
pub(in crate::web) const CURL_HINT: &str = "Run it in a terminal, or as the last line of a script.";

pub(in crate::web) const SHELL: &str = "Shell script";
pub(in crate::web) const SHELL_HINT: &str =
    "The first line says that the job begins, the last one how it ended: its exit status goes with the ping.";

pub(in crate::web) const CRON: &str = "Cron line";
pub(in crate::web) const CRON_HINT: &str =
    "For crontab -e. The percent sign means a new line there, so each one has a backslash before it.";

pub(in crate::web) const SYSTEMD: &str = "systemd";
pub(in crate::web) const SYSTEMD_HINT: &str = "The [Service] part of a unit that a timer starts. The minus lets the job go on when a ping cannot get through.";

pub(in crate::web) const POWERSHELL: &str = "PowerShell";
pub(in crate::web) const POWERSHELL_HINT: &str = "For Windows PowerShell 5.1 and everything later.";

pub(in crate::web) const PYTHON: &str = "Python";
pub(in crate::web) const PYTHON_HINT: &str = "Python 3, with nothing to install.";

pub(in crate::web) const NODE: &str = "Node.js";
pub(in crate::web) const NODE_HINT: &str = "Node.js 18 or later, in a file that ends in .mjs.";

pub(in crate::web) const ARDUINO: &str = "Arduino";
pub(in crate::web) const ARDUINO_HINT: &str =
    "For an ESP32 that is already on the network. An ESP8266 takes ESP8266HTTPClient.h and a WiFiClient.";

pub(in crate::web) const HOME_ASSISTANT: &str = "Home Assistant";
pub(in crate::web) const HOME_ASSISTANT_HINT: &str = "For configuration.yaml; then restart Home Assistant.";
