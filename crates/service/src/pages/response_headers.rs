//! Headers that responses of the pages have in common. Each page adds a content security policy of its own.

use http::{HeaderName, header};

/// The pages use no feature of a device. The copy buttons write to the clipboard, which is not listed here because it is
/// allowed to a page itself by default.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), \
                           encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
                           microphone=(), midi=(), payment=(), picture-in-picture=(), \
                           publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), \
                           serial=(), usb=(), xr-spatial-tracking=()";

/// For every page: it is not stored, its address is not passed on, and no other site shares a window, a process or a
/// frame with it.
pub(super) fn of_page() -> [(HeaderName, &'static str); 6] {
    let [nosniff, same_origin] = of_file();
    [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        nosniff,
        same_origin,
    ]
}

/// For every file that a page loads: it is what its type says, and only our pages load it.
pub(super) fn of_file() -> [(HeaderName, &'static str); 2] {
    [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ]
}
