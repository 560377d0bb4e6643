//! What every channel does when the other side fails it.

use std::{io::Read, net::TcpListener, thread, time::Duration};

use data_encoding::BASE64;
use stanch_connectors::{AlertKind, CHANNELS, DeliveryError, HttpSettings};

use crate::{
    sample::{CREDENTIAL, MARKER, context, context_with, hostile, open, settings, webhook_secret},
    service::{Reply, Service},
};

/// What every channel over HTTP makes of `reply`.
fn every_channel(reply: &Reply, check: impl Fn(&str, &DeliveryError)) {
    let brief = HttpSettings { timeout: Duration::from_millis(300), ..HttpSettings::default() };
    let context = if matches!(reply, Reply::Silence) { context_with(brief) } else { context() };
    let service = Service::replying([reply.clone()]);
    for (kind, settings) in settings(&service.url()) {
        let channel = open(kind, &settings, &context);
        for alert in AlertKind::ALL.map(hostile) {
            let error = channel.deliver(&alert).expect_err(kind);
            check(kind, &error);
            let (told, debug) = (error.to_string(), format!("{error:?}"));
            for hidden in [CREDENTIAL, MARKER, &webhook_secret(), "/services", "/workflows"] {
                assert!(!told.contains(hidden) && !debug.contains(hidden), "{kind}: {told}");
            }
        }
    }
}

fn is_refused(kind: &str, error: &DeliveryError) {
    assert!(!error.is_retry(), "{kind}: {error}");
}

fn is_retry(kind: &str, error: &DeliveryError) {
    assert!(error.is_retry(), "{kind}: {error}");
}

#[test]
fn all_kinds_are_tried() {
    let tried: Vec<_> = settings("http://127.0.0.1").into_iter().map(|(kind, _)| kind).collect();
    // Mail has tests of its own.
    let known = CHANNELS.iter().map(|factory| factory.name()).filter(|name| *name != "email");
    assert!(known.into_iter().all(|name| tried.contains(&name)), "{tried:?}");
}

#[test]
fn a_refused_credential_is_not_tried_again() {
    for status in [400, 401, 403, 404, 410, 422] {
        every_channel(&Reply::status(status), |kind, error| {
            is_refused(kind, error);
            assert!(
                error.to_string().contains(&format!("answered {status}: {{\"message\":\"no\"}}")),
                "{error}"
            );
        });
    }
}

#[test]
fn a_refusal_that_tells_the_credential_is_not_repeated() {
    let basic = BASE64.encode(format!("me@x.test:{CREDENTIAL}").as_bytes());
    for told in [format!("bad token {CREDENTIAL}"), format!("bad token {}", &CREDENTIAL[3..]), basic] {
        let service =
            Service::replying([Reply::Answer { status: 401, headers: Vec::new(), body: told.clone() }]);
        for (kind, settings) in settings(&service.url()).into_iter().filter(|(kind, _)| *kind != "webhook") {
            let error =
                open(kind, &settings, &context()).deliver(&hostile(AlertKind::Trigger)).expect_err(kind);
            if told.starts_with("bad token") || kind == "jira" {
                assert!(error.to_string().ends_with("answered 401"), "{kind}: {error}");
            }
        }
    }
}

#[test]
fn too_many_requests_wait_as_long_as_they_are_told() {
    let headers = vec![("retry-after", "17".to_owned())];
    for status in [429, 503] {
        let reply = Reply::Answer { status, headers: headers.clone(), body: String::new() };
        every_channel(&reply, |kind, error| {
            let DeliveryError::Retry { after, .. } = error else { panic!("{kind}: {error}") };
            assert_eq!(*after, Some(Duration::from_secs(17)), "{kind}");
        });
    }
}

#[test]
fn an_error_of_the_other_side_passes() {
    for status in [408, 500, 502, 504] {
        every_channel(&Reply::status(status), is_retry);
    }
}

#[test]
fn silence_ends_in_time_and_passes() {
    every_channel(&Reply::Silence, |kind, error| {
        is_retry(kind, error);
        assert!(error.to_string().ends_with("no answer in time"), "{kind}: {error}");
    });
}

#[test]
fn a_closed_connection_passes() {
    every_channel(&Reply::Close, is_retry);
}

#[test]
fn what_is_not_http_passes() {
    every_channel(&Reply::Bytes(b"220 smtp.example ESMTP\r\n".to_vec()), is_retry);
    every_channel(&Reply::Bytes(vec![0; 4096]), is_retry);
    every_channel(&Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec()), is_retry);
}

#[test]
fn an_answer_without_end_is_cut() {
    let body = "x".repeat(2 << 20);
    every_channel(&Reply::Answer { status: 200, headers: Vec::new(), body }, |kind, error| {
        is_retry(kind, error);
        assert!(error.to_string().contains("longer than 1048576 bytes"), "{kind}: {error}");
    });
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Service::replying([Reply::status(200)]);
    let headers = vec![("location", elsewhere.url())];
    for status in [301, 302, 307, 308] {
        every_channel(&Reply::Answer { status, headers: headers.clone(), body: String::new() }, is_refused);
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn garbage_of_a_service_that_has_to_answer_passes() {
    let service =
        Service::replying([Reply::Answer { status: 200, headers: Vec::new(), body: "<p>".to_owned() }]);
    for (kind, settings) in settings(&service.url()) {
        let delivered = open(kind, &settings, &context()).deliver(&hostile(AlertKind::Trigger));
        let has_to_answer = ["jira", "github", "gitlab"].contains(&kind) || settings.contains("channel = ");
        match delivered {
            Err(error) => assert!(has_to_answer && error.is_retry(), "{kind}: {error}"),
            Ok(receipt) => assert!(!has_to_answer, "{kind}: {receipt:?}"),
        }
    }
}

#[test]
fn nobody_there_passes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for (kind, settings) in settings(&format!("http://127.0.0.1:{port}")) {
        let error = open(kind, &settings, &context()).deliver(&hostile(AlertKind::Trigger)).expect_err(kind);
        is_retry(kind, &error);
    }
}

#[test]
fn a_server_that_hangs_up_on_mail_passes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut []);
        }
    });
    let settings =
        format!("host = '127.0.0.1'\nport = {port}\nsecurity = 'none'\nfrom = 'a@x.test'\nto = ['b@x.test']");
    let error =
        open("email", &settings, &context()).deliver(&hostile(AlertKind::Trigger)).expect_err("no server");
    is_retry("email", &error);
}
