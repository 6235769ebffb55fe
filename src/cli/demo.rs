//! `consign demo`: a workspace with real-shaped files, run before your eyes.

use std::path::PathBuf;

use super::out::Out;
use super::space::{ledger, stopped};
use super::status::table;
use super::{Exit, Failure, init};
use crate::document::shown::visible;
use crate::durable;
use crate::engine::Engine;
use crate::ledger::Ledger;
use crate::reconcile::balance::{Balance, Format};
use crate::workspace::{self, PRIVATE};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  consign demo consign-demo")]
pub struct Args {
    /// The folder to make; it must not hold a workspace
    #[arg(default_value = "consign-demo")]
    folder: PathBuf,
}

const CONFIG: &str = include_str!("../../fixtures/demo/consign.toml");
const TABLES: [(&str, &str); 2] = [
    ("crosswalk/sku.csv", include_str!("../../fixtures/demo/sku.csv")),
    ("crosswalk/customer.csv", include_str!("../../fixtures/demo/customer.csv")),
];
/// Where each file is dropped, its bytes, and what it shows. Each round is dropped after the one before was taken.
const ROUNDS: [&[(&str, &[u8], &str)]; 2] = [
    &[
        (
            "in/shopify/orders_export.csv",
            include_bytes!("../../fixtures/demo/shopify-orders.csv"),
            "six orders of a Shopify shop: one SKU nobody knows, one quantity of 3000",
        ),
        (
            "in/shopify/orders_export_cut.csv",
            include_bytes!("../../fixtures/demo/shopify-orders-cut.csv"),
            "the same export, cut in the middle of a note",
        ),
        (
            "in/bigstore/po-0101.x12",
            include_bytes!("../../fixtures/demo/purchase-orders.x12"),
            "X12 850 of a retailer: cases and dozens",
        ),
        (
            "in/bigstore/po-0102.x12",
            include_bytes!("../../fixtures/demo/purchase-orders-cut.x12"),
            "X12 850 without its trailers",
        ),
        (
            "in/amazon/orders.txt",
            include_bytes!("../../fixtures/demo/amazon-orders.txt"),
            "an Amazon order report, tab-delimited",
        ),
        (
            "in/b2b/orders.xml",
            include_bytes!("../../fixtures/demo/orders.xml"),
            "orders as XML; nobody said which layout",
        ),
        ("in/stock/inventory.csv", include_bytes!("../../fixtures/demo/inventory.csv"), "the warehouse's stock"),
    ],
    &[
        (
            "in/shopify/orders_export (1).csv",
            include_bytes!("../../fixtures/demo/shopify-orders.csv"),
            "the first export again, under another name",
        ),
        (
            "in/shopify/orders_export_2.csv",
            include_bytes!("../../fixtures/demo/shopify-orders-later.csv"),
            "a later export: one order new, one unchanged, one refunded since",
        ),
    ],
];

/// Runs the demo.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    init::write(&args.folder, CONFIG, &TABLES)?;
    for (number, round) in ROUNDS.iter().enumerate() {
        out.line(format!("\nRound {}: these files are dropped", number + 1))?;
        for (path, bytes, about) in *round {
            let target = args.folder.join(path);
            durable::write(&target, bytes).map_err(|error| Failure::Io(target.display().to_string(), error))?;
            out.line(format!("  {path:36} {about}"))?;
        }
        let workspace = workspace::load(&args.folder).map_err(super::space::refused)?;
        let mut engine = Engine::open(workspace, 2).map_err(stopped)?;
        engine.run_once(&mut |_| {}).map_err(stopped)?;
    }
    let book = Ledger::open_to_read(&args.folder.join(PRIVATE).join("ledger.db")).map_err(ledger)?;
    files(&book, out)?;
    stopped_documents(&book, out)?;
    outputs(&book, out)?;
    balance(&book, args, out)?;
    let folder = args.folder.display();
    out.line(format!("\nWhere to look: {folder}/out/erp has the import files, {folder}/archive the originals."))?;
    out.line(format!("Next: consign show 1 --workspace {folder}"))?;
    Ok(Exit::Well)
}

fn files(book: &Ledger, out: &mut Out) -> Result<(), Failure> {
    let mut list = table(["file", "flow", "name", "outcome", "why"]);
    let mut intakes = book.intakes(100).map_err(ledger)?;
    intakes.reverse();
    for intake in intakes {
        let findings = book.findings(intake.id).map_err(ledger)?;
        let mut why: Vec<&str> = findings.iter().filter(|f| f.severity != "note").map(|f| f.code.as_str()).collect();
        why.dedup();
        let outcome = intake.outcome.unwrap_or(intake.state);
        list.add_row([intake.id.to_string(), intake.flow, visible(&intake.name), outcome, why.join(" ")]);
    }
    out.line(format!("\nWhat came in\n{list}"))
}

/// Each document that did not go out, with its reason.
fn stopped_documents(book: &Ledger, out: &mut Out) -> Result<(), Failure> {
    out.line("\nWhat was held or rejected, and why")?;
    let mut intakes = book.intakes(100).map_err(ledger)?;
    intakes.reverse();
    for intake in intakes.iter().filter(|intake| !matches!(intake.outcome.as_deref(), Some("accepted"))) {
        for finding in book.findings(intake.id).map_err(ledger)?.iter().filter(|f| f.severity != "note").take(3) {
            let found = if finding.found.is_empty() { String::new() } else { format!(": {}", visible(&finding.found)) };
            out.line(format!("  file {} {} at {}{found}", intake.id, finding.code, visible(&finding.place)))?;
            out.line(format!("    {}", visible(&finding.help)))?;
        }
    }
    Ok(())
}

fn outputs(book: &Ledger, out: &mut Out) -> Result<(), Failure> {
    out.line("\nWhat went out")?;
    for output in book.outputs(None).map_err(ledger)? {
        out.line(format!(
            "  out/{}/{} ({} bytes, from file {})",
            output.target, output.name, output.size, output.intake
        ))?;
    }
    Ok(())
}

fn balance(book: &Ledger, args: &Args, out: &mut Out) -> Result<(), Failure> {
    let balance = Balance::read(book, None).map_err(ledger)?;
    out.line(format!("\nThe balance\n{}", balance.render(Format::Table).trim_end()))?;
    let page = args.folder.join("reports/balance.html");
    durable::write(&page, balance.render(Format::Html).as_bytes())
        .map_err(|error| Failure::Io(page.display().to_string(), error))
}
