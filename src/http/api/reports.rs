//! `/v1/reports`: what the claims and approvals of a period come to, as figures or as a chart.

use actix_web::{HttpResponse, get, http::header};
use serde::Serialize;
use utoipa::IntoParams;

use crate::app::{access::permissions::ReadReports, error::AppError};
use crate::http::{
    boundary::{
        accept, body,
        call::{Answer, Call},
        problem::ApiError,
        query::{self, Query},
    },
    charts::{
        drawing::{self, SVG},
        reports::Charted,
    },
    spreadsheets::{CSV, CSV_WITH_HEADER, CsvOptions},
};
use payerline_domain::{
    parse::fault::Refusal,
    reports::{
        Tabular, ageing::AgeingReport, approvals::ApprovalsReport, denials::DenialsReport,
        outcomes::OutcomesReport, payer_mix::PayerMixReport, period::ReportPeriod,
        turnaround::TurnaroundReport,
    },
};

/// What a report takes, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub struct ReportQuery {
    /// The first day of receipt, in Ontario; at most five years before `to`. Left out: a year before `to`.
    #[param(format = Date, example = "2026-01-01")]
    from: Option<String>,
    /// The last day of receipt, itself included. Left out: today.
    #[param(format = Date, example = "2026-06-30")]
    to: Option<String>,
    /// For `text/csv` only: `false` leaves out the byte order mark by which a spreadsheet knows UTF-8.
    #[param(default = true)]
    byte_order_mark: Option<bool>,
    /// For `text/csv` only: `false` leaves cells that begin with `=`, `+`, `-` or `@` as they are. Otherwise an apostrophe
    /// stands before them, so that a spreadsheet takes them for text and not for formulas.
    #[param(default = true)]
    neutralize_formulas: Option<bool>,
}

/// The form in which a report is answered.
#[derive(Debug, Clone, Copy)]
enum ReportForm {
    Json,
    Csv(CsvOptions),
    Svg,
}

/// Reads the period and the form of a report.
fn read(call: &Call<ReadReports>) -> Result<(ReportPeriod, ReportForm), ApiError> {
    let mut query = Query::parse(&call.request);
    let from = query.take("from", query::parse_day);
    let to = query.take("to", query::parse_day);
    let form = match accept::choose(&[body::JSON, CSV, SVG], &call.request) {
        Some(CSV) => ReportForm::Csv(CsvOptions::FOR_SPREADSHEETS.read(&mut query)),
        Some(SVG) => ReportForm::Svg,
        _ => ReportForm::Json,
    };
    query.finish()?;
    let period = call.app.reports.resolve_period(from, to);
    let period = period.map_err(|refusal| match refusal {
        Refusal::Shape(faults) | Refusal::Rules(faults) => ApiError::Query(faults),
    })?;
    Ok((period, form))
}

fn answer<R: Tabular + Charted + Serialize>(form: ReportForm, report: &R) -> Answer {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::VARY, header::ACCEPT.as_str()));
    Ok(match form {
        ReportForm::Json => answer.json(report),
        ReportForm::Csv(options) => {
            let mut text = Vec::new();
            let written = options.write(&mut text, Some(R::FIELDS), report.rows());
            written.map_err(AppError::internal)?;
            answer.content_type(CSV_WITH_HEADER).body(text)
        }
        ReportForm::Svg => {
            let chart = drawing::draw(&report.chart()).map_err(AppError::internal)?;
            answer.content_type(SVG).body(chart)
        }
    })
}

/// Report claims by payer
///
/// How many claims each payer is responsible for, month by month, what they come to, and what of it is paid until now. Claims
/// that were withdrawn or corrected by another are left out.
///
/// Every report is about the claims received from `from` to `to`; without parameters, in the last twelve months. The
/// `Accept` header says in which form: `application/json`, `text/csv` for a spreadsheet, or `image/svg+xml` for a chart. It
/// has every claim that was stored before; after an upgrade or a large file it answers 503 until it has.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (PayerMixReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/payer-mix")]
pub async fn report_payer_mix(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.payer_mix(&call.actor, period).await?;
    answer(form, &report)
}

/// Report what is outstanding by age
///
/// What payers still owe of claims that were sent and are not settled: 0–30, 31–60, 61–90 and more days since the claim was
/// last sent, by who was sent it. Ages are counted up to today. Older claims are in it if `from` lies before their receipt.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (AgeingReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/ageing")]
pub async fn report_ageing(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.ageing(&call.actor, period).await?;
    answer(form, &report)
}

/// Report how long claims take
///
/// From receipt to decision, from decision to the first payer, from there to an insurer's first answer, from there to the last
/// payment, and from receipt to it: the median and the 90th percentile in whole days of Ontario, by nearest rank (the
/// least number of days that half, or nine tenths, of the claims did not exceed). A claim counts for the spans of which it
/// has both ends. A remittance counts on its `paid_on`, or else on the day on which it was entered.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (TurnaroundReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/turnaround")]
pub async fn report_turnaround(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.turnaround(&call.actor, period).await?;
    answer(form, &report)
}

/// Report approvals
///
/// The approvals that were entered from `from` to `to`, by kind and status: what is approved, reserved, consumed and left, and
/// how many of them end within 14 days.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (ApprovalsReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/approvals")]
pub async fn report_approvals(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.approvals(&call.actor, period).await?;
    answer(form, &report)
}

/// Report what payers refused
///
/// By the payers' codes of their reasons, the greatest amount first: how many claims and items, and what was refused of them. An
/// item with several reasons counts for each; `totals` count it once. What was refused counts also where it was paid later, but
/// not where the payer took its answer back. Without a reason, `reason_code` is null; in CSV the cell is empty.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (DenialsReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/denials")]
pub async fn report_denials(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.denials(&call.actor, period).await?;
    answer(form, &report)
}

/// Report how patients fare
///
/// Pain and function at four moments after the first service of a claim: less than 6 weeks, then 6 weeks, 3 months (13 weeks)
/// and 6 months (26 weeks) after, each until the next. Of each claim the first measurement of a moment counts. Means
/// have one decimal; medians are by nearest rank. Claims that were withdrawn are left out.
#[utoipa::path(
    tag = "Reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", content(
        (OutcomesReport = "application/json"),
        (String = "text/csv"),
        (String = "image/svg+xml"),
    ))),
)]
#[get("/v1/reports/outcomes")]
pub async fn report_outcomes(call: Call<ReadReports>) -> Answer {
    let (period, form) = read(&call)?;
    let report = call.app.reports.outcomes(&call.actor, period).await?;
    answer(form, &report)
}
