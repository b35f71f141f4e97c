//! The memory that a program may still take, held against what it is about to take.
//!
//! A Rust program whose allocation fails is aborted. Linux even gives out memory that is not there, and kills the program
//! when it is used. So whoever is about to allocate by the size of a file or of a flag calls [`check_memory`] first.
//! Where the system does not say what there is, as on other systems than Linux, only a limit that was set is held.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, ensure};

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// The limit that the user set, in bytes.
static LIMIT: OnceLock<u64> = OnceLock::new();

/// What is about to be allocated, and the sizes that make it so much.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryNeed {
    /// In bytes; wide enough for any product of sizes in a file.
    pub bytes: u128,
    /// Such as "the weights (784 inputs x 256 units)".
    pub what: String,
}

/// Sets the limit of the whole program, in GiB, in the place of the memory that is available. The first call counts.
pub fn limit_memory(gibibytes: Option<f64>) {
    if let Some(gibibytes) = gibibytes {
        // Saturates.
        LIMIT.get_or_init(|| (gibibytes * GIB) as u64);
    }
}

/// Refuses `needs` whose sum is more than the program may still take; `cure` says what to try, besides another limit.
///
/// # Errors
/// Says how much is asked for, by which size most of it, and how much there is.
pub fn check_memory(needs: &[MemoryNeed], cure: &str) -> Result<()> {
    let asked: u128 = needs.iter().fold(0, |sum, n| sum.saturating_add(n.bytes));
    // So little is there, or the program would not have come so far. It saves a look into `/proc` for each small file.
    const SMALL: u128 = 1 << 20;
    if asked <= SMALL {
        return Ok(());
    }
    let Some(room) = Room::now() else {
        return Ok(());
    };
    let most = needs.iter().max_by_key(|need| need.bytes);
    let most = most.map_or("", |need| need.what.as_str());
    let mostly = if needs.len() > 1 { ", mostly" } else { "" };
    ensure!(
        asked <= u128::from(room.bytes),
        "not enough memory: {} are needed{mostly} for {most}; {room}; try {cure}{}",
        in_words(asked),
        room.source.cure()
    );
    Ok(())
}

/// `bytes` in GiB or MiB.
fn in_words(bytes: u128) -> String {
    let bytes = bytes as f64;
    match bytes >= GIB {
        true => format!("{:.1} GiB", bytes / GIB),
        false => format!("{:.0} MiB", bytes / GIB * 1024.0),
    }
}

/// How much may still be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Room {
    bytes: u64,
    source: Source,
}

/// What allows no more.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    /// The user's limit, less what the program has.
    Limit,
    /// `MemAvailable` of `/proc/meminfo`: what is free, or would be without the files that are kept in memory.
    Available,
    /// The limit of the control group, as containers and batch systems set it.
    ControlGroup,
    /// `ulimit -v`, less what the program has.
    AddressSpace,
}

impl Source {
    fn cure(self) -> &'static str {
        match self {
            Self::Limit => ", or a larger --memory-limit",
            Self::Available | Self::ControlGroup => {
                ", or set --memory-limit where swap or an estimate that is too high justifies it"
            }
            Self::AddressSpace => ", or a larger ulimit -v",
        }
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let left = in_words(self.bytes.into());
        match self.source {
            Source::Limit => write!(f, "--memory-limit leaves {left}"),
            Source::Available => write!(f, "{left} are available"),
            Source::ControlGroup => write!(f, "the control group's limit leaves {left}"),
            Source::AddressSpace => write!(f, "ulimit -v leaves {left}"),
        }
    }
}

impl Room {
    /// The least of all limits. The user's limit stands in the place of what is available, but it cannot widen the address space.
    fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let taken = |field| kibibytes(&status, field).unwrap_or(0);
        let room = |bytes, source| Self { bytes, source };
        let address_space = address_space()
            .map(|limit| limit.saturating_sub(taken("VmSize:")))
            .map(|bytes| room(bytes, Source::AddressSpace));
        let mut all: Vec<Self> = address_space.into_iter().collect();
        match LIMIT.get() {
            Some(limit) => {
                all.push(room(limit.saturating_sub(taken("VmRSS:")), Source::Limit));
            }
            None => {
                let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
                let available = kibibytes(&meminfo, "MemAvailable:");
                all.extend(available.map(|bytes| room(bytes, Source::Available)));
                all.extend(control_group().map(|bytes| room(bytes, Source::ControlGroup)));
            }
        }
        all.into_iter().min_by_key(|room| room.bytes)
    }
}

/// The number of bytes in the line of `field` of a file of `/proc`.
fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    let number: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number.saturating_mul(1024))
}

#[cfg(target_os = "linux")]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(target_os = "linux"))]
fn address_space() -> Option<u64> {
    None
}

/// The least that a control group of the process, or one above it, leaves.
fn control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    group_folders(&groups)
        .iter()
        .filter_map(|(folder, names)| left_in(folder, names))
        .min()
}

/// Files of a control group: the limit, what is used, and the line of `memory.stat` that says how much of it are files that
/// would be given up.
type Names = [&'static str; 3];

const VERSION_1: Names = [
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "total_inactive_file ",
];
const VERSION_2: Names = ["memory.max", "memory.current", "inactive_file "];

/// The folders that say what the groups of `/proc/self/cgroup` may take. In a container the path may be one that is not seen
/// from inside: then the root is the container's group.
fn group_folders(groups: &str) -> Vec<(PathBuf, Names)> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (root, names) = match controllers {
            "" => ("/sys/fs/cgroup", VERSION_2),
            controllers if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", VERSION_1)
            }
            _ => continue,
        };
        let path = Path::new(path.trim_start_matches('/'));
        folders.extend(
            path.ancestors()
                .map(|path| (Path::new(root).join(path), names)),
        );
    }
    folders
}

/// What the group of `folder` leaves; `None` where it has no limit.
fn left_in(folder: &Path, [limit, usage, files]: &Names) -> Option<u64> {
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let number = |name: &str| text(name)?.trim().parse::<u64>().ok();
    let (limit, usage) = (number(limit)?, number(usage)?);
    let stat = text("memory.stat").unwrap_or_default();
    let files = stat.lines().find_map(|line| line.strip_prefix(*files));
    let files = files
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0);
    Some(limit.saturating_sub(usage.saturating_sub(files)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_proc_are_bytes() {
        let text =
            "MemTotal:       24683656 kB\nMemAvailable:   24032244 kB\nHugePages_Total:       0\n";
        assert_eq!(kibibytes(text, "MemAvailable:"), Some(24_032_244 * 1024));
        assert_eq!(kibibytes(text, "MemFree:"), None);
        assert_eq!(kibibytes(text, "HugePages_Total:"), None);
    }

    #[test]
    fn both_versions_of_control_groups_are_found_with_those_above() {
        let folders = |text| -> Vec<String> {
            let folders = group_folders(text).into_iter();
            folders
                .map(|(folder, names)| format!("{} {}", folder.join("").display(), names[0]))
                .collect()
        };
        assert_eq!(
            folders("0::/a/b\n"),
            [
                "/sys/fs/cgroup/a/b/ memory.max",
                "/sys/fs/cgroup/a/ memory.max",
                "/sys/fs/cgroup/ memory.max"
            ]
        );
        assert_eq!(
            folders("9:name=systemd:/\n4:memory:/x\n2:cpu,cpuacct:/y\n"),
            [
                "/sys/fs/cgroup/memory/x/ memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/ memory.limit_in_bytes"
            ]
        );
    }

    #[test]
    fn a_group_leaves_its_limit_without_what_is_used_and_cannot_be_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(left_in(folder.path(), &VERSION_2), None);
        write("memory.max", "max\n");
        write("memory.current", "700\n");
        assert_eq!(left_in(folder.path(), &VERSION_2), None);
        write("memory.max", "1000\n");
        assert_eq!(left_in(folder.path(), &VERSION_2), Some(300));
        write("memory.stat", "anon 500\nfile 200\ninactive_file 150\n");
        assert_eq!(left_in(folder.path(), &VERSION_2), Some(450));
        write("memory.current", "1700\n");
        assert_eq!(left_in(folder.path(), &VERSION_2), Some(0));
    }

    #[test]
    fn what_nothing_has_is_refused_and_a_little_is_not() {
        let need = |bytes, what: &str| MemoryNeed {
            bytes,
            what: what.to_owned(),
        };
        check_memory(&[need(1000, "a"), need(1 << 20, "b")], "less").unwrap();
        if cfg!(target_os = "linux") {
            let needs = [need(1 << 90, "the weights"), need(u128::MAX, "the images")];
            let error = check_memory(&needs, "fewer rows").unwrap_err().to_string();
            assert!(error.starts_with("not enough memory: "), "{error}");
            assert!(
                error.contains("are needed, mostly for the images; "),
                "{error}"
            );
            assert!(error.contains("; try fewer rows, or "), "{error}");
        }
    }
}
