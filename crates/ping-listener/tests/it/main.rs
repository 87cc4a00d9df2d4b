//! The stories: what people see of the server, told from outside.
