//! Every word of the pages, one file a page: who translates them needs no other folder.

pub(in crate::web) mod snippets;
