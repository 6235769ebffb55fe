//! `consign endpoint`: trying an SFTP server, and pinning its key.

use std::io::{self, BufRead, IsTerminal};

use super::out::Out;
use super::space::Place;
use super::{Exit, Failure};
use crate::endpoint::{Fault, Fingerprint, Server, Session, offered_key};
use crate::workspace::{Workspace, endpoints};

/// Arguments of `endpoint`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  consign endpoint trust bigstore\n  consign endpoint trust bigstore --fingerprint \
                        SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n  consign endpoint test bigstore --folder /outgoing"
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Shows the key of a server, and pins it once it was compared
    Trust(TrustArgs),
    /// Tries to list, put, rename and remove, and tells the server's clock
    Test(TestArgs),
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Compare the fingerprint with what the server's owner tells you on another way, never with what the \
                        server itself says.\n\nExample:\n  consign endpoint trust bigstore"
)]
struct TrustArgs {
    /// The endpoint
    name: String,
    #[command(flatten)]
    place: Place,
    /// The fingerprint that the server's owner told you: the key is pinned only if it is that one
    #[arg(long, value_name = "SHA256:…")]
    fingerprint: Option<String>,
    /// Forget the keys pinned before, instead of keeping them beside the new one
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Ends with 1 when something does not go well.\n\nExample:\n  consign endpoint test bigstore \
                        --folder /incoming --write")]
struct TestArgs {
    /// The endpoint
    name: String,
    #[command(flatten)]
    place: Place,
    /// The folder that is tried
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    folder: String,
    /// Also put, rename and remove files under names of our own
    #[arg(long)]
    write: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the action.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.action {
        Action::Trust(args) => trust(args, out),
        Action::Test(args) => test(args, out),
    }
}

fn server<'w>(workspace: &'w Workspace, name: &str) -> Result<&'w Server, Failure> {
    workspace.endpoints.get(name).ok_or_else(|| {
        let known: Vec<&str> = workspace.endpoints.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none is configured".to_owned() } else { known.join(", ") };
        Failure::Usage(format!("no endpoint {name}; known: {known}"))
    })
}

fn trust(args: &TrustArgs, out: &mut Out) -> Result<Exit, Failure> {
    let workspace = args.place.load()?;
    let server = server(&workspace, &args.name)?;
    let wanted = args.fingerprint.as_deref().map(|text| {
        Fingerprint::parse(text).ok_or_else(|| Failure::Usage(format!("{text} is no fingerprint such as SHA256:47DE…")))
    });
    let wanted = wanted.transpose()?;
    let key = match offered_key(server) {
        Ok(key) => key,
        Err(fault) => return Ok(told(&args.name, &fault, out)),
    };
    out.line(format!("{}:{} shows {key}", server.host, server.port))?;
    if server.host_keys.contains(&key) && !args.replace {
        out.line("It is pinned already.")?;
        return Ok(Exit::Well);
    }
    let agreed = match wanted {
        Some(wanted) if wanted == key => true,
        Some(wanted) => {
            out.note(format!("That is not {wanted}: nothing is pinned."));
            return Ok(Exit::Partly);
        }
        None => asked(out)?,
    };
    if !agreed {
        out.note("Nothing is pinned. Compare it with the server's owner, then name it with --fingerprint.");
        return Ok(Exit::Partly);
    }
    let pinned = endpoints::pin(&workspace.root, &args.name, key, args.replace);
    pinned.map_err(|error| Failure::Io(format!("host-keys/{}", args.name), error))?;
    out.line(format!("Pinned in host-keys/{}.", args.name))?;
    Ok(Exit::Well)
}

/// Asks a person; where there is none, the answer is no.
fn asked(out: &mut Out) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    out.note("Is this what the server's owner told you? Type yes to pin it:");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::Io("standard input".into(), error))?;
    Ok(answer.trim() == "yes")
}

fn test(args: &TestArgs, out: &mut Out) -> Result<Exit, Failure> {
    let workspace = args.place.load()?;
    let session = match Session::open(server(&workspace, &args.name)?) {
        Ok(session) => session,
        Err(fault) if args.json => {
            out.line(
                serde_json::json!([{"tried": "login", "code": fault.code.as_str(), "found": fault.detail}]).to_string(),
            )?;
            return Ok(Exit::Partly);
        }
        Err(fault) => return Ok(told(&args.name, &fault, out)),
    };
    let probe = session.probe(&args.folder, args.write);
    if args.json {
        let tried: Vec<serde_json::Value> = probe
            .tried
            .iter()
            .map(|tried| match &tried.result {
                Ok(found) => serde_json::json!({"tried": tried.what, "found": found}),
                Err(fault) => {
                    serde_json::json!({"tried": tried.what, "code": fault.code.as_str(), "found": fault.detail})
                }
            })
            .collect();
        out.line(serde_json::Value::from(tried).to_string())?;
    } else {
        out.line(format!("{}: the key is pinned, the login went well", args.name))?;
        for tried in &probe.tried {
            match &tried.result {
                Ok(found) => out.line(format!("  {:<15} {found}", tried.what))?,
                Err(fault) => out.line(format!("  {:<15} {fault}", tried.what))?,
            }
        }
    }
    Ok(if probe.is_sound() { Exit::Well } else { Exit::Partly })
}

/// Tells a fault with what to do about it.
fn told(name: &str, fault: &Fault, out: &mut Out) -> Exit {
    out.note(format!("{name}: {fault}\n  {}", fault.code.remedy()));
    Exit::Partly
}
