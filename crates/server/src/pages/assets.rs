//! The files that pages load, embedded in the program and served below `/assets/`.

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name below `/assets/`.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// Every file that pages load.
pub const ASSETS: [Asset; 3] = [
    Asset {
        name: "stanch.css",
        media_type: "text/css; charset=utf-8",
        text: include_str!("../../assets/stanch.css"),
    },
    Asset {
        name: "stanch.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/stanch.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", text: include_str!("../../assets/icon.svg") },
];
