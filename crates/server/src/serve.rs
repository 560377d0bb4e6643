//! Runs the server until it is told to stop.

use std::{future::Future, net::SocketAddr, path::PathBuf, time::Duration};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use stanch_response::Postman;

use crate::{app::App, auth::Auth, background::Background, router::router};

/// How long requests have to end when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// Where the server listens, and with which certificate.
#[derive(Debug)]
pub struct Listener {
    socket: std::net::TcpListener,
    address: SocketAddr,
    tls: Option<(PathBuf, PathBuf)>,
}

impl Listener {
    /// Listens at this address; port 0 takes a free one. `tls` is a certificate chain and its key, PEM.
    ///
    /// # Errors
    ///
    /// If the address is taken, or not of this machine.
    pub fn bind(address: SocketAddr, tls: Option<(PathBuf, PathBuf)>) -> Result<Self, ServeError> {
        let listen = |source| ServeError::Listen { address, source };
        let socket = std::net::TcpListener::bind(address).map_err(listen)?;
        socket.set_nonblocking(true).map_err(listen)?;
        let address = socket.local_addr().map_err(listen)?;
        Ok(Self { socket, address, tls })
    }

    /// The address it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it has a certificate.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }
}

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificate or its key cannot be used.
    #[error("tls: {0}")]
    Tls(std::io::Error),
    /// The address cannot be listened at, or listening failed.
    #[error("{address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Serves requests and works in the background, until `stop` is over; requests that are under way are ended first.
///
/// # Errors
///
/// If the certificate cannot be used, or listening fails.
pub async fn serve(
    app: App,
    auth: Auth,
    postman: Postman,
    listener: Listener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let Listener { socket, address, tls } = listener;
    let failed = |source| ServeError::Listen { address, source };
    app.meters.watch_deliveries(postman.counts());
    let background = Background::start(&app, &auth, postman);
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping");
        stopping.graceful_shutdown(Some(GRACE));
    });
    let service = router(app, &auth).into_make_service_with_connect_info::<SocketAddr>();
    let served = if let Some((cert, key)) = &tls {
        let config = RustlsConfig::from_pem_file(cert, key).await.map_err(ServeError::Tls)?;
        axum_server::from_tcp_rustls(socket, config).map_err(failed)?.handle(handle).serve(service).await
    } else {
        axum_server::from_tcp(socket).map_err(failed)?.handle(handle).serve(service).await
    };
    // Workers end what they are at; a message that is on its way is noted.
    let _ = tokio::task::spawn_blocking(move || background.stop()).await;
    served.map_err(failed)
}
