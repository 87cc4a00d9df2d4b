//! The stories: what people see of the server, told from outside.

#![expect(clippy::unwrap_used, reason = "a story that cannot be told has failed, helpers included")]

mod api;
mod attacks;
mod check_pages;
mod clients;
mod clocks;
mod contract;
mod every_page;
mod face;
mod first_run;
mod forms;
mod http;
mod list;
mod mail;
mod mail_faults;
mod many;
mod native;
mod outage;
mod outbox;
mod overload;
mod person;
mod process;
mod public;
mod reload;
mod restart;
mod settings;
mod snapshots;
mod snippets;
mod store;
