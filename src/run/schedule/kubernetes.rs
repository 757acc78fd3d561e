//! Claims and cron jobs of Kubernetes: for each part of the companies a job, with a volume of its own for its state.
//!
//! The pods of one indexed Job share a template, which cannot name another claim for each index. A state belongs on a
//! disk that one machine alone writes to, so each part is a cron job of its own.

use super::escape::yaml;
use super::facts::{Facts, SecretPlace, hashed};

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
    if facts.shards > 1 {
        notes.push(
            "Before you change the number of parts, read \"Sharing the companies out\" in docs/running.md."
                .into(),
        );
    }
    let parts = (1..=facts.shards).map(|index| part(facts, (facts.shards > 1).then_some(index)));
    hashed(notes) + &parts.collect::<Vec<_>>().join("---\n")
}

fn part(facts: &Facts, shard: Option<u64>) -> String {
    let name =
        shard.map_or_else(|| "crsync".to_owned(), |index| format!("crsync-{index}-of-{}", facts.shards));
    let (times, limit) = (facts.times.cron(), facts.limit());
    // A run that could not be started in time is left to the next one.
    let late = facts.times.every().length().as_secs() / 4;
    let arguments = facts.arguments(CONFIG, shard);
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
    - ReadWriteOnce
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
      backoffLimit: 0
      activeDeadlineSeconds: {limit}
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
                - name: CRSYNC_STATE
                  value: /var/lib/crsync/state
{secrets}              volumeMounts:
                - name: config
                  mountPath: /etc/crsync
                  readOnly: true
                - name: state
                  mountPath: /var/lib/crsync
          volumes:
            - name: config
              secret:
                secretName: crsync-config
            - name: state
              persistentVolumeClaim:
                claimName: {name}
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
