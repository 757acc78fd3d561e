//! A claim and a cron job of Kubernetes. Several parts of the companies are one indexed job: its pods share the claim, and
//! each has a folder of its own there, named by its index.
//!
//! A job of which one pod fails would end the other ones, and a run that finds a conflict exits with 4: so each index
//! fails for itself.

use super::escape::yaml;
use super::facts::{Facts, INDEX, Part, SecretPlace, hashed};

/// Where the configuration is in a pod.
const CONFIG: &str = "/etc/crsync/crsync.toml";

/// Prints the manifests.
pub(super) fn print(facts: &Facts) -> String {
    let notes = [
        "The configuration and the decisions beside it, from their folder:",
        "  kubectl create secret generic crsync-config --from-file=crsync.toml --from-file=decisions.toml",
        "The secrets, from a file with a line NAME=value for each variable below:",
        "  kubectl create secret generic crsync-secrets --from-env-file=secrets.env",
        "The image is yours: any one that has crsync in its PATH, and runs as an account that is not root.",
    ];
    let mut notes: Vec<String> = notes.map(ToOwned::to_owned).into();
    if !facts.is_configured {
        notes.push(format!(
            "There is no configuration at {}, the default place, yet: crsync init writes one.",
            facts.config
        ));
    }
    if let Part::Each(of) = facts.part {
        notes.extend(notes_of_parts(of));
    }
    if facts.part != Part::Whole {
        let read =
            "Before you change the number of parts, read \"Sharing the companies out\" in docs/running.md.";
        notes.push(read.to_owned());
    }
    hashed(notes) + &manifests(facts)
}

/// Returns what is said of parts that share a claim.
fn notes_of_parts(of: u64) -> [String; 5] {
    [
        "Each part has a folder of its own in the claim. The root of the claim must be writable for 10001.".into(),
        "The pods may be on several machines, so the claim is ReadWriteMany. Its storage must keep file locks,".into(),
        "as NFS 4.1 and CephFS do, and SMB does not.".into(),
        format!(
            "Without such storage print each part by itself, with a disk of its own: --shard 1/{of}, --shard 2/{of} and so on."
        ),
        "It needs Kubernetes 1.29 or newer, in which each part may fail for itself (backoffLimitPerIndex).".into(),
    ]
}

fn manifests(facts: &Facts) -> String {
    let name = match facts.part {
        Part::One(shard) => format!("crsync-{}", shard.to_string().replace('/', "-of-")),
        Part::Whole | Part::Each(_) => "crsync".to_owned(),
    };
    let (access, parts, index, folder) = match facts.part {
        Part::Each(of) => (
            "ReadWriteMany",
            indexed(of),
            index(),
            format!("                  subPathExpr: of-{of}/$({INDEX})\n"),
        ),
        Part::Whole | Part::One(_) => {
            ("ReadWriteOnce", "      backoffLimit: 0\n".into(), String::new(), String::new())
        }
    };
    let (times, limit) = (facts.times.cron(), facts.limit());
    // A run that could not be started in time is left to the next one.
    let late = facts.times.every().length().as_secs() / 4;
    let arguments = facts.arguments(CONFIG);
    let arguments = arguments.iter().map(|word| format!("                - {}\n", yaml(word)));
    let arguments = arguments.collect::<Vec<_>>().concat();
    let secrets = facts.secrets.iter().map(variable).collect::<Vec<_>>().concat();
    format!(
        "apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {name}
  labels:
    app: crsync
spec:
  accessModes:
    - {access}
  resources:
    requests:
      storage: 2Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  labels:
    app: crsync
spec:
  schedule: \"{times} * * *\"
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {late}
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
{parts}      activeDeadlineSeconds: {limit}
      template:
        metadata:
          labels:
            app: crsync
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 150
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
          containers:
            - name: crsync
              image: registry.example/crsync
              command:
                - crsync
              args:
{arguments}              env:
{index}                - name: CRSYNC_STATE
                  value: /var/lib/crsync/state
{secrets}              volumeMounts:
                - name: config
                  mountPath: /etc/crsync
                  readOnly: true
                - name: state
                  mountPath: /var/lib/crsync
{folder}          volumes:
            - name: config
              secret:
                secretName: crsync-config
            - name: state
              persistentVolumeClaim:
                claimName: {name}
"
    )
}

/// Returns what makes a job run so many parts at the same time.
fn indexed(of: u64) -> String {
    format!(
        "      completionMode: Indexed
      completions: {of}
      parallelism: {of}
      backoffLimitPerIndex: 0
"
    )
}

/// Returns the variable of the container with the index of its part.
fn index() -> String {
    format!(
        "                - name: {INDEX}
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.annotations['batch.kubernetes.io/job-completion-index']
"
    )
}

/// Returns a variable of the container: neither files nor commands of another machine are in a pod.
fn variable(secret: &SecretPlace) -> String {
    let name = &secret.variable;
    let optional = if secret.is_there() { "" } else { "                      optional: true\n" };
    format!(
        "                - name: {name}
                  valueFrom:
                    secretKeyRef:
                      name: crsync-secrets
                      key: {name}
{optional}"
    )
}
