# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_crsync_global_optspecs
    string join \n config= sandbox color= no-pager q/quiet v/verbose log-format= h/help V/version
end

function __fish_crsync_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_crsync_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_crsync_using_subcommand
    set -l cmd (__fish_crsync_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c crsync -n "__fish_crsync_needs_command" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_needs_command" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_needs_command" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_needs_command" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_needs_command" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_needs_command" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_needs_command" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "init" -d 'Set up the configuration: services, secrets, and companies proposed by evidence'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "diff" -d 'Read the three sides and show what a sync would change; writes nothing anywhere'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "show" -d 'Show a saved plan for approval; contacts no service'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "sync" -d 'Read the three sides, show the changes that bring them into agreement and, once confirmed, apply them'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "match" -d 'Show linked, conflicting and unmatched people, with the evidence'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "explain" -d 'Explain one person: every rule, every value with its source, what will be written and why not'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "push-udfs" -d 'Check the PSA\'s user-defined fields, create missing ones where the PSA allows it, and fill them'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "log" -d 'List the runs of the journal, or show one'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "undo" -d 'Make a plan that takes a run back, show it and, once confirmed, apply it'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "self-service" -d 'Apply changes that people request to their own details: 365 first, then the PSA and the portal'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "doctor" -d 'Check configuration, secrets, rights and fields, with the next step for each problem; writes nothing'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "capabilities" -d 'Show what each PSA can serve, row by row; --live: what the account may do'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "schedule" -d 'Print the files that make a scheduler run the sync every night; installs nothing'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "notify" -d 'Send a test notice to every target of [notify], and say which arrived'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "sandbox" -d 'Serve the emulated systems on this machine, and print a ready configuration'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "schema" -d 'Print the JSON Schema of a configuration file or of a JSON output'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "login" -d 'Put a secret into the desktop\'s keyring'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "logout" -d 'Remove a secret from the desktop\'s keyring'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "man" -d 'Write man pages for every command into a folder'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "version" -d 'Print what this crsync was built from; --check: whether there is a newer one'
complete -c crsync -n "__fish_crsync_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c crsync -n "__fish_crsync_using_subcommand init" -l file -d 'The file to write [default: that of --config, else its usual place]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand init" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand init" -l deadline -d 'Stop asking the services after this time, such as 90s' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand init" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand init" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand init" -l add -d 'Add the companies that the file does not have yet'
complete -c crsync -n "__fish_crsync_using_subcommand init" -l yes-exact -d 'Take the proposals that rest on stored ids and verified domains without asking, and leave the rest out'
complete -c crsync -n "__fish_crsync_using_subcommand init" -l print -d 'Print the configuration, and write nothing'
complete -c crsync -n "__fish_crsync_using_subcommand init" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand init" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand init" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand init" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand init" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l save-plan -d 'Save the plan to FILE, for `show` and `sync --plan`' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l allow -d 'Lift a guard for this run, such as deactivate=37 (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l shard -d 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l only -d 'Show only these over all companies, a line each, and the totals' -r -f -a "deactivate\t'People who leave'
reactivate\t'People who come back'
create\t'People who are new'
update\t'People whose fields change'
conflict\t'Conflicts'
skipped\t'What was asked for and is not done'
company\t'Companies that are held back or inactive'
finding\t'Settings that match nothing'"
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l exit-code -d 'Exit with 3 if changes are pending, 4 if there are only conflicts, 5 if a guard refuses the plan'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l full -d 'Show every field, also on a terminal where the plan is longer than the screen'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l summary -d 'Show a line for each company, and the totals'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand diff" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand show" -l max-plan-age -d 'Refuse a plan that was made longer ago' -r
complete -c crsync -n "__fish_crsync_using_subcommand show" -l company -d 'Show only this company of the plan; repeatable. * stands for any text, ? for any character' -r
complete -c crsync -n "__fish_crsync_using_subcommand show" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand show" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand show" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand show" -l only -d 'Show only these over all companies, a line each, and the totals' -r -f -a "deactivate\t'People who leave'
reactivate\t'People who come back'
create\t'People who are new'
update\t'People whose fields change'
conflict\t'Conflicts'
skipped\t'What was asked for and is not done'
company\t'Companies that are held back or inactive'
finding\t'Settings that match nothing'"
complete -c crsync -n "__fish_crsync_using_subcommand show" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand show" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand show" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand show" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand show" -l full -d 'Show every field, also on a terminal where the plan is longer than the screen'
complete -c crsync -n "__fish_crsync_using_subcommand show" -l summary -d 'Show a line for each company, and the totals'
complete -c crsync -n "__fish_crsync_using_subcommand show" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand show" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand show" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand show" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand show" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l plan -d 'Apply exactly the plan that `diff --save-plan` wrote to FILE, once' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l max-plan-age -d 'Refuse a plan that was made longer ago' -r
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l allow -d 'Lift a guard for this run, such as deactivate=37 (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l shard -d 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand sync" -s y -l yes -d 'Apply without asking'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand sync" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand match" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand match" -l shard -d 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand match" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand match" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand match" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand match" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand match" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand match" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand match" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand match" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand match" -l unmatched -d 'Only people without a counterpart or in a conflict'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l resolve -d 'Ask about every conflict and every suggestion, and write the answers into decisions.toml beside the configuration (with --sandbox: sandbox-decisions.toml in the state folder)'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand match" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand match" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand match" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand match" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand match" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l shard -d 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand explain" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l allow -d 'Lift a guard for this run, such as deactivate=37 (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l shard -d 'Only the I-th of N parts of the companies, such as 1/4, to share them among several runs' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l check -d 'Only show which fields exist: exit with 3 if crsync can make missing ones, 4 if a person has to'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -s y -l yes -d 'Apply without asking'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand push-udfs" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand log" -l person -d 'Only what is about this person: a part of the name or the address' -r
complete -c crsync -n "__fish_crsync_using_subcommand log" -l since -d 'Only runs since then: a date such as 2026-11-20, or a time ago such as 7d' -r
complete -c crsync -n "__fish_crsync_using_subcommand log" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand log" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand log" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand log" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand log" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand log" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand log" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand log" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand log" -l failed -d 'Only what did not end well'
complete -c crsync -n "__fish_crsync_using_subcommand log" -l changes -d 'Only runs that changed something, or may have'
complete -c crsync -n "__fish_crsync_using_subcommand log" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand log" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand log" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand log" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand log" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand log" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l allow -d 'Lift a guard for this run, such as deactivate=37 (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand undo" -s y -l yes -d 'Apply without asking'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand undo" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l user -d 'Who asks: an address, user name or 365 object id' -r
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l set -d 'A field and its new text, such as mobile="+1 555 0100"; without a text it becomes blank (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l id -d 'An id for the request: if it comes again, it is not carried out twice' -r
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l from -d 'Read requests from FILE, one JSON object a line: {"id": …, "user": …, "set": {…}}; - is standard input' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l allow -d 'Lift a guard for this run, such as deactivate=37 (repeatable)' -r
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -s y -l yes -d 'Apply without asking'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l redact -d 'Mask names, addresses and phone numbers in what is printed'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l strict -d 'Fail if a setting cannot be served or, where all people are read, matches nothing'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand self-service" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l company -d 'Only this company; repeatable. * stands for any text, ? for any character' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l har -d 'Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l deadline -d 'Stop cleanly after this time, such as 90s, 30m or 2h' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l report -d 'Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l offline -d 'Contact no service: check only the configuration, secrets, keyring and state folder'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l format -d 'How results are printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l live -d 'Ask the configured PSA what the account may do and which fields there are; exit with 4 if something is missing'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand capabilities" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l print -d 'The scheduler whose files are printed' -r -f -a "systemd\t''
cron\t''
task-scheduler\t''
launchd\t''
kubernetes\t''"
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l at -d 'When a run begins [default: 02:00]' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l every -d 'Run more than once a day, such as 4h or 30m; one of the runs begins at --at' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l shards -d 'Share the companies out among N pods of one job, each with a folder of its own (kubernetes)' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l shard -d 'Serve only the I-th of N parts of the companies, such as 2/4 on the second of four machines' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l deadline -d 'How long a run may take [default: 2h, or less if the next one begins sooner]' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand schedule" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l test -d 'Send a test notice; notices of runs are sent by the runs themselves'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand notify" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l port -d 'The port on 127.0.0.1 [default: a free one]' -r
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l reset -d 'Forget everything that was changed and decided in the sandbox, and exit'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -s y -l yes -d 'Do not ask before a reset'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand sandbox" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand schema" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand login" -l format -d 'How the list is printed' -r -f -a "table\t'For people'
json\t'For programs'
markdown\t'For a ticket'
html\t'For a browser: one file, without scripts'
csv\t'For a spreadsheet: one row for each field'"
complete -c crsync -n "__fish_crsync_using_subcommand login" -l psa -d 'The PSA to work with [default: `psa` of the configuration]' -r -f -a "autotask\t''
connectwise\t''
bms\t''
syncro\t''
halopsa\t''"
complete -c crsync -n "__fish_crsync_using_subcommand login" -l deadline -d 'Stop asking the service after this time, such as 90s' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand login" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand login" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand login" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand login" -l stdin -d 'Read one secret from standard input instead of asking'
complete -c crsync -n "__fish_crsync_using_subcommand login" -l no-verify -d 'Do not ask the service whether it accepts the secret'
complete -c crsync -n "__fish_crsync_using_subcommand login" -l list -d 'Show where each secret of the configuration comes from, never the secret'
complete -c crsync -n "__fish_crsync_using_subcommand login" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand login" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand login" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand login" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand login" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand logout" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand logout" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand logout" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand logout" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand completions" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand man" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand man" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand man" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand man" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand man" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand man" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand man" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand version" -l releases -d 'The address that tells the newest release, in the form of GitHub\'s "latest release" [default: `CRSYNC_RELEASES`, or what this build was given]' -r -f
complete -c crsync -n "__fish_crsync_using_subcommand version" -l output -d 'Write results to FILE, readable by its owner alone' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand version" -l config -d 'The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]' -r -F
complete -c crsync -n "__fish_crsync_using_subcommand version" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` holds anything but 0'
always\t'Always'
never\t'Never'"
complete -c crsync -n "__fish_crsync_using_subcommand version" -l log-format -d 'How log lines are written to standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c crsync -n "__fish_crsync_using_subcommand version" -l check -d 'Ask whether there is a newer release, and exit with 3 if so; without this flag, crsync never asks'
complete -c crsync -n "__fish_crsync_using_subcommand version" -l sandbox -d 'Work on the built-in MSP, without any account, file or environment'
complete -c crsync -n "__fish_crsync_using_subcommand version" -l no-pager -d 'Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)'
complete -c crsync -n "__fish_crsync_using_subcommand version" -s q -l quiet -d 'Show no progress and no warnings; print nothing if a sync had nothing to do'
complete -c crsync -n "__fish_crsync_using_subcommand version" -s v -l verbose -d 'Name every person who is skipped, and count the requests'
complete -c crsync -n "__fish_crsync_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c crsync -n "__fish_crsync_using_subcommand version" -s V -l version -d 'Print version'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "init" -d 'Set up the configuration: services, secrets, and companies proposed by evidence'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "diff" -d 'Read the three sides and show what a sync would change; writes nothing anywhere'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "show" -d 'Show a saved plan for approval; contacts no service'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "sync" -d 'Read the three sides, show the changes that bring them into agreement and, once confirmed, apply them'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "match" -d 'Show linked, conflicting and unmatched people, with the evidence'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "explain" -d 'Explain one person: every rule, every value with its source, what will be written and why not'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "push-udfs" -d 'Check the PSA\'s user-defined fields, create missing ones where the PSA allows it, and fill them'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "log" -d 'List the runs of the journal, or show one'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "undo" -d 'Make a plan that takes a run back, show it and, once confirmed, apply it'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "self-service" -d 'Apply changes that people request to their own details: 365 first, then the PSA and the portal'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "doctor" -d 'Check configuration, secrets, rights and fields, with the next step for each problem; writes nothing'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "capabilities" -d 'Show what each PSA can serve, row by row; --live: what the account may do'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "schedule" -d 'Print the files that make a scheduler run the sync every night; installs nothing'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "notify" -d 'Send a test notice to every target of [notify], and say which arrived'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "sandbox" -d 'Serve the emulated systems on this machine, and print a ready configuration'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "schema" -d 'Print the JSON Schema of a configuration file or of a JSON output'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "login" -d 'Put a secret into the desktop\'s keyring'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "logout" -d 'Remove a secret from the desktop\'s keyring'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "completions" -d 'Print completions for a shell'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "man" -d 'Write man pages for every command into a folder'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "version" -d 'Print what this crsync was built from; --check: whether there is a newer one'
complete -c crsync -n "__fish_crsync_using_subcommand help; and not __fish_seen_subcommand_from init diff show sync match explain push-udfs log undo self-service doctor capabilities schedule notify sandbox schema login logout completions man version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
