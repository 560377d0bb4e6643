//! The client of a Stanch server: how it is named and reached, what it is sent, and what waits for it.

mod actor;
mod address;
mod api;
mod batch;
mod delivery;
mod gate_event;
mod herald;
mod id;
mod identity_check;
mod origin;
mod owners;
mod permalink;
mod problem;
mod remote_name;
mod reported;
mod settings;
mod spool;
mod submission;
mod token;

pub(crate) use self::{
    actor::actor,
    api::{Api, ApiError, Payload},
    delivery::{Delivered, Delivery},
    gate_event::{GateFinding, GateOutcome, Notice},
    herald::Herald,
    id::{id_of, random_id},
    identity_check::check_identity,
    origin::{Place, origin},
    permalink::{Site, permalink},
    settings::{OriginSettings, ServerSettings},
    spool::Spool,
    submission::{Submission, Told, lines_of, send_lines},
};
