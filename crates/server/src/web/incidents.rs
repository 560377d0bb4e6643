//! The list of incidents.

use axum::extract::{Query, State};
use maud::Markup;
use serde::Deserialize;
use stanch_model::{Severity, State as Standing};
use stanch_store::{Incident, IncidentFilter, Order, Sight, StoreError, Tx};

use super::{
    Web,
    visitor::{Visitor, count},
    words::people,
};
use crate::{
    api::leaks::{given, parsed},
    pages::{
        incidents::{self, IncidentLine, IncidentsView},
        view::{Choice, Paging},
    },
    problem::Problem,
};

/// Incidents of a page.
const PAGE: usize = 50;

/// The filters, and where in the list to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct IncidentsQuery {
    q: String,
    state: String,
    severity: String,
    holder: String,
    sort: String,
    after: Option<String>,
}

impl IncidentsQuery {
    fn filter(&self) -> Result<IncidentFilter, Problem> {
        let is_active = self.state == "active";
        let is_unheld = self.holder == "nobody";
        let state = if is_active { None } else { Some(self.state.as_str()) };
        let holder = if is_unheld { None } else { Some(self.holder.as_str()) };
        Ok(IncidentFilter {
            active: is_active.then_some(true),
            state: parsed::<Standing>("state", state)?,
            severity: parsed::<Severity>("severity", Some(&self.severity))?,
            holder: given(holder),
            unheld: is_unheld,
            text: given(Some(&self.q)),
            order: self.order()?,
        })
    }

    fn order(&self) -> Result<Order, Problem> {
        let after = self.after.as_deref().filter(|text| !text.is_empty());
        let wrong = || Problem::invalid("after", "expected the link to the next page");
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        Ok(match self.sort.as_str() {
            "old" => Order::Oldest(after.map(number).transpose()?),
            "severity" => {
                let pair = |text: &str| {
                    let (rank, id) = text.split_once('.').ok_or_else(wrong)?;
                    Ok::<_, Problem>((number(rank)?, number(id)?))
                };
                Order::Worst(after.map(pair).transpose()?)
            }
            _ => Order::Newest(after.map(number).transpose()?),
        })
    }

    fn shown(self) -> incidents::IncidentFilter {
        let Self { q, state, severity, holder, sort, .. } = self;
        incidents::IncidentFilter { q, state, severity, holder, sort }
    }
}

fn cursor(order: Order, last: &Incident) -> String {
    match order {
        Order::Worst(_) => format!("{}.{}", last.severity as i64, last.id),
        _ => last.id.to_string(),
    }
}

/// The list.
pub(super) async fn get_incidents(
    State(web): State<Web>,
    visitor: Visitor,
    Query(query): Query<IncidentsQuery>,
) -> Result<Markup, Problem> {
    let (filter, sight) = (query.filter()?, visitor.sight());
    let order = filter.order;
    let (mut read, people) = web.app.read(move |tx| Ok((lines(tx, &filter, &sight)?, people(tx)?))).await?;
    let more = read.len() > PAGE;
    read.truncate(PAGE);
    let next = read.last().filter(|_| more).map(|(last, _)| cursor(order, last));
    let choice = |person: stanch_store::Person| Choice { value: person.login, label: person.name };
    let view = IncidentsView {
        paging: Paging { total: None, after: query.after.clone(), next },
        filter: query.shown(),
        people: people.into_iter().map(choice).collect(),
        incidents: read.into_iter().map(line).collect(),
    };
    Ok(incidents::page(&visitor.frame(&web).await?, &view))
}

fn lines(
    tx: &mut Tx<'_>,
    filter: &IncidentFilter,
    sight: &Sight,
) -> Result<Vec<(Incident, i64)>, StoreError> {
    let read = tx.incidents(filter, sight, PAGE + 1)?;
    let ids: Vec<i64> = read.iter().map(|incident| incident.id).collect();
    let places = tx.places_of_incidents(&ids)?;
    let with = |incident: Incident| {
        let count = places.get(&incident.id).copied().unwrap_or_default();
        (incident, count)
    };
    Ok(read.into_iter().map(with).collect())
}

fn line((incident, places): (Incident, i64)) -> IncidentLine {
    IncidentLine {
        number: incident.id,
        title: incident.title,
        severity: incident.severity,
        state: incident.state,
        commander: incident.holders.commander,
        leaks: count(incident.leaks),
        exposures: count(places),
        detected: incident.detected_at,
        changed: incident.updated_at,
    }
}
