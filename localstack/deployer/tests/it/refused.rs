//! What is missing or wrong before anything is applied.

use std::net::TcpListener;

use super::bed::{Bed, IMAGE, Running};

const TERRAFORM: &str = "#!/bin/sh\necho '{\"terraform_version\": \"1.11.4\"}'\n";
const CONTAINER: [&str; 2] = ["--image", IMAGE];

fn check(bed: &Bed, said: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(said.contains(text), "`{text}` is not in\n{said}");
    }
    bed.is_left_clean();
}

pub(crate) fn without_an_engine() {
    let bed = Bed::with("true");
    let path = bed.path_with("terraform", TERRAFORM);
    let mut command = bed.up(&CONTAINER);
    command.env("PATH", path).env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let said = Running::start(&mut command).ended_with(69);
    check(&bed, &said, &["no Docker engine answers", "Next: start one", "--endpoint-url", "embedded target"]);
}

pub(crate) fn without_terraform() {
    let bed = Bed::with("true");
    let path = bed.path_with("nothing", "");
    let said = Running::start(bed.up(&CONTAINER).env("PATH", path)).ended_with(69);
    check(&bed, &said, &["terraform is not on the PATH", "Next: install 1.5 or newer"]);
    assert!(!said.contains("starting a container"), "it is found out before anything is started:\n{said}");
}

pub(crate) fn with_an_old_terraform() {
    let bed = Bed::with("true");
    let path = bed.path_with("terraform", &TERRAFORM.replace("1.11.4", "1.4.7"));
    let said = Running::start(bed.up(&CONTAINER).env("PATH", path)).ended_with(69);
    check(&bed, &said, &["terraform 1.4.7 is too old", "Next: install 1.5 or newer"]);
}

pub(crate) fn nobody_at_the_address() {
    let bed = Bed::with("true");
    let said = Running::start(&mut bed.up(&["--endpoint-url", "http://127.0.0.1:1"])).ended_with(69);
    check(&bed, &said, &["there is no emulator at http://127.0.0.1:1", "Next: start it"]);
}

pub(crate) fn a_port_that_something_else_has_taken() {
    let bed = Bed::with("true");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 1024];
            // Whoever hangs up has heard enough.
            let _ = stream.read(&mut request);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
        }
    });
    let said = Running::start(&mut bed.up(&["--endpoint-url", &url])).ended_with(64);
    check(
        &bed,
        &said,
        &[&format!("what answers at {url} is none of the known emulators"), "Next:", "--profile"],
    );
}

pub(crate) fn an_image_that_is_not_there() {
    let bed = Bed::with("true");
    let said = Running::start(&mut bed.up(&["--image", "peakproof/ministack:0.0.0"])).ended_with(69);
    check(
        &bed,
        &said,
        &[
            "the container of peakproof/ministack:0.0.0 does not start",
            "Next: look at `docker pull",
            "image/build",
        ],
    );
}
