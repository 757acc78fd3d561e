
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'crsync' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'crsync'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'crsync' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up the configuration: services, secrets, and companies proposed by evidence')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Read the three sides and show what a sync would change; writes nothing anywhere')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a saved plan for approval; contacts no service')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Read the three sides, show the changes that bring them into agreement and, once confirmed, apply them')
            [CompletionResult]::new('match', 'match', [CompletionResultType]::ParameterValue, 'Show linked, conflicting and unmatched people, with the evidence')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain one person: every rule, every value with its source, what will be written and why not')
            [CompletionResult]::new('push-udfs', 'push-udfs', [CompletionResultType]::ParameterValue, 'Check the PSA''s user-defined fields, create missing ones where the PSA allows it, and fill them')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'List the runs of the journal, or show one')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Make a plan that takes a run back, show it and, once confirmed, apply it')
            [CompletionResult]::new('self-service', 'self-service', [CompletionResultType]::ParameterValue, 'Apply changes that people request to their own details: 365 first, then the PSA and the portal')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check configuration, secrets, rights and fields, with the next step for each problem; writes nothing')
            [CompletionResult]::new('capabilities', 'capabilities', [CompletionResultType]::ParameterValue, 'Show what each PSA can serve, row by row; --live: what the account may do')
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Print the files that make a scheduler run the sync every night; installs nothing')
            [CompletionResult]::new('notify', 'notify', [CompletionResultType]::ParameterValue, 'Send a test notice to every target of [notify], and say which arrived')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Serve the emulated systems on this machine, and print a ready configuration')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a configuration file or of a JSON output')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Put a secret into the desktop''s keyring')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove a secret from the desktop''s keyring')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write man pages for every command into a folder')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print what this crsync was built from; --check: whether there is a newer one')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'crsync;init' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file to write [default: that of --config, else its usual place]')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop asking the services after this time, such as 90s')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--add', '--add', [CompletionResultType]::ParameterName, 'Add the companies that the file does not have yet')
            [CompletionResult]::new('--yes-exact', '--yes-exact', [CompletionResultType]::ParameterName, 'Take the proposals that rest on stored ids and verified domains without asking, and leave the rest out')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the configuration, and write nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;diff' {
            [CompletionResult]::new('--save-plan', '--save-plan', [CompletionResultType]::ParameterName, 'Save the plan to FILE, for `show` and `sync --plan`')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Lift a guard for this run, such as deactivate=37 (repeatable)')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Show only these over all companies, a line each, and the totals')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 3 if changes are pending, 4 if there are only conflicts, 5 if a guard refuses the plan')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show every field, also on a terminal where the plan is longer than the screen')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Show a line for each company, and the totals')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;show' {
            [CompletionResult]::new('--max-plan-age', '--max-plan-age', [CompletionResultType]::ParameterName, 'Refuse a plan that was made longer ago')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Show only this company of the plan; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Show only these over all companies, a line each, and the totals')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show every field, also on a terminal where the plan is longer than the screen')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Show a line for each company, and the totals')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;sync' {
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Apply exactly the plan that `diff --save-plan` wrote to FILE, once')
            [CompletionResult]::new('--max-plan-age', '--max-plan-age', [CompletionResultType]::ParameterName, 'Refuse a plan that was made longer ago')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Lift a guard for this run, such as deactivate=37 (repeatable)')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;match' {
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--unmatched', '--unmatched', [CompletionResultType]::ParameterName, 'Only people without a counterpart or in a conflict')
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Ask about every conflict and every suggestion, and write the answers into decisions.toml beside the configuration (with --sandbox: sandbox-decisions.toml in the state folder)')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;explain' {
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;push-udfs' {
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Lift a guard for this run, such as deactivate=37 (repeatable)')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only show which fields exist: exit with 3 if crsync can make missing ones, 4 if a person has to')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;log' {
            [CompletionResult]::new('--person', '--person', [CompletionResultType]::ParameterName, 'Only what is about this person: a part of the name or the address')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only runs since then: a date such as 2026-11-20, or a time ago such as 7d')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only what did not end well')
            [CompletionResult]::new('--changes', '--changes', [CompletionResultType]::ParameterName, 'Only runs that changed something, or may have')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;undo' {
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Lift a guard for this run, such as deactivate=37 (repeatable)')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;self-service' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Who asks: an address, user name or 365 object id')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A field and its new text, such as mobile="+1 555 0100"; without a text it becomes blank (repeatable)')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'An id for the request: if it comes again, it is not carried out twice')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Read requests from FILE, one JSON object a line: {"id": …, "user": …, "set": {…}}; - is standard input')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Lift a guard for this run, such as deactivate=37 (repeatable)')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Apply without asking')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Mask names, addresses and phone numbers in what is printed')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail if a setting cannot be served or, where all people are read, matches nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;doctor' {
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--company', '--company', [CompletionResultType]::ParameterName, 'Only this company; repeatable. * stands for any text, ? for any character')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--har', '--har', [CompletionResultType]::ParameterName, 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop cleanly after this time, such as 90s, 30m or 2h')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Contact no service: check only the configuration, secrets, keyring and state folder')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;capabilities' {
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How results are printed')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Ask the configured PSA what the account may do and which fields there are; exit with 4 if something is missing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;schedule' {
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'The scheduler whose files are printed')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'When a run begins [default: 02:00]')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Run more than once a day, such as 4h or 30m; one of the runs begins at --at')
            [CompletionResult]::new('--shards', '--shards', [CompletionResultType]::ParameterName, 'Share the companies out among N pods of one job, each with a folder of its own (kubernetes)')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Serve only the I-th of N parts of the companies, such as 2/4 on the second of four machines')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long a run may take [default: 2h, or less if the next one begins sooner]')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;notify' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--test', '--test', [CompletionResultType]::ParameterName, 'Send a test notice; notices of runs are sent by the runs themselves')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;sandbox' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port on 127.0.0.1 [default: a free one]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Forget everything that was changed and decided in the sandbox, and exit')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before a reset')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before a reset')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;schema' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;login' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the list is printed')
            [CompletionResult]::new('--psa', '--psa', [CompletionResultType]::ParameterName, 'The PSA to work with [default: `psa` of the configuration]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop asking the service after this time, such as 90s')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read one secret from standard input instead of asking')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Do not ask the service whether it accepts the secret')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Show where each secret of the configuration comes from, never the secret')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;logout' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;completions' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;man' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;version' {
            [CompletionResult]::new('--releases', '--releases', [CompletionResultType]::ParameterName, 'The address that tells the newest release, in the form of GitHub''s "latest release" [default: `CRSYNC_RELEASES`, or what this build was given]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write results to FILE, readable by its owner alone')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines are written to standard error')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Ask whether there is a newer release, and exit with 3 if so; without this flag, crsync never asks')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Work on the built-in MSP, without any account, file or environment')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings; print nothing if a sync had nothing to do')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Name every person who is skipped, and count the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'crsync;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up the configuration: services, secrets, and companies proposed by evidence')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Read the three sides and show what a sync would change; writes nothing anywhere')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a saved plan for approval; contacts no service')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Read the three sides, show the changes that bring them into agreement and, once confirmed, apply them')
            [CompletionResult]::new('match', 'match', [CompletionResultType]::ParameterValue, 'Show linked, conflicting and unmatched people, with the evidence')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain one person: every rule, every value with its source, what will be written and why not')
            [CompletionResult]::new('push-udfs', 'push-udfs', [CompletionResultType]::ParameterValue, 'Check the PSA''s user-defined fields, create missing ones where the PSA allows it, and fill them')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'List the runs of the journal, or show one')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Make a plan that takes a run back, show it and, once confirmed, apply it')
            [CompletionResult]::new('self-service', 'self-service', [CompletionResultType]::ParameterValue, 'Apply changes that people request to their own details: 365 first, then the PSA and the portal')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check configuration, secrets, rights and fields, with the next step for each problem; writes nothing')
            [CompletionResult]::new('capabilities', 'capabilities', [CompletionResultType]::ParameterValue, 'Show what each PSA can serve, row by row; --live: what the account may do')
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Print the files that make a scheduler run the sync every night; installs nothing')
            [CompletionResult]::new('notify', 'notify', [CompletionResultType]::ParameterValue, 'Send a test notice to every target of [notify], and say which arrived')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Serve the emulated systems on this machine, and print a ready configuration')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a configuration file or of a JSON output')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Put a secret into the desktop''s keyring')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove a secret from the desktop''s keyring')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write man pages for every command into a folder')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print what this crsync was built from; --check: whether there is a newer one')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'crsync;help;init' {
            break
        }
        'crsync;help;diff' {
            break
        }
        'crsync;help;show' {
            break
        }
        'crsync;help;sync' {
            break
        }
        'crsync;help;match' {
            break
        }
        'crsync;help;explain' {
            break
        }
        'crsync;help;push-udfs' {
            break
        }
        'crsync;help;log' {
            break
        }
        'crsync;help;undo' {
            break
        }
        'crsync;help;self-service' {
            break
        }
        'crsync;help;doctor' {
            break
        }
        'crsync;help;capabilities' {
            break
        }
        'crsync;help;schedule' {
            break
        }
        'crsync;help;notify' {
            break
        }
        'crsync;help;sandbox' {
            break
        }
        'crsync;help;schema' {
            break
        }
        'crsync;help;login' {
            break
        }
        'crsync;help;logout' {
            break
        }
        'crsync;help;completions' {
            break
        }
        'crsync;help;man' {
            break
        }
        'crsync;help;version' {
            break
        }
        'crsync;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
