"""What pipelines run, out of the files below share/integrations.

    python3 integrations.py check DIRECTORY          whether the files are of the form that their readers want
    python3 integrations.py github DIRECTORY OUT     writes OUT/run and OUT/env of the action's step
    python3 integrations.py workflow DIRECTORY OUT   writes OUT of the example's run blocks
    python3 integrations.py gitlab DIRECTORY JOB OUT
    python3 integrations.py jenkins DIRECTORY OUT    writes OUT.1, OUT.2, ... of its sh blocks
"""

import os
import re
import sys

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
WRONG = []


def wrong(text):
    WRONG.append(text)
    print("wrong: " + text, file=sys.stderr)


class Strict(yaml.SafeLoader):
    """No key twice; `on` is a key and no truth value."""


Strict.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool"] for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)\Z"), list("tf"))


def mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise ValueError("a key twice: %s" % keys)
    return yaml.SafeLoader.construct_mapping(loader, node, True)


Strict.add_constructor("tag:yaml.org,2002:map", mapping)


def load(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return yaml.load(file, Loader=Strict)


def text(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def check_run(where, step):
    """A shell gets nothing put into its text: only by its environment."""
    if EXPRESSION.search(step["run"]):
        wrong("%s: an expression in `run`, which whoever writes its value can end" % where)
    for name, value in step.get("env", {}).items():
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name) or not isinstance(value, str):
            wrong("%s: env %s" % (where, name))


def check_action(directory, variables):
    action = load(directory, "github/action.yml")
    if set(action) != {"name", "description", "inputs", "outputs", "runs"}:
        wrong("action.yml: keys %s" % sorted(action))
    for name, given in action["inputs"].items():
        if not set(given) <= {"description", "required", "default"} or not given.get("description"):
            wrong("action.yml: input %s" % name)
        if given.get("required") is not True and not isinstance(given.get("default"), str):
            wrong("action.yml: input %s has no default" % name)
    if set(action["runs"]) != {"using", "steps"} or action["runs"]["using"] != "composite":
        wrong("action.yml: runs is not composite")
    used, ids = set(), set()
    for step in action["runs"]["steps"]:
        if "run" not in step or step.get("shell") != "bash" or not set(step) <= {"id", "name", "if", "shell", "env", "run"}:
            wrong("action.yml: a step has keys %s" % sorted(step))
        check_run("action.yml", step)
        ids.add(step["id"])
        for name, value in step["env"].items():
            if name not in variables:
                wrong("action.yml: %s is no variable of ci.sh" % name)
            used.update(re.findall(r"inputs\.([a-z-]+)", value))
            if not re.fullmatch(r"\$\{\{ inputs\.[a-z-]+ \}\}", value):
                wrong("action.yml: env %s is %s" % (name, value))
    if used != set(action["inputs"]):
        wrong("action.yml: inputs that are not used, or are not there: %s" % sorted(used ^ set(action["inputs"])))
    for name, given in action["outputs"].items():
        match = re.fullmatch(r"\$\{\{ steps\.([a-z]+)\.outputs\.([a-z-]+) \}\}", given.get("value", ""))
        if not given.get("description") or match is None or match.group(1) not in ids or match.group(2) != name:
            wrong("action.yml: output %s" % name)
    return action


def check_workflow(directory, action):
    workflow = load(directory, "github/workflow.yml")
    if not {"name", "on", "permissions", "jobs"} <= set(workflow):
        wrong("workflow.yml: keys %s" % sorted(workflow))
    # it would run what a stranger sends with the rights of the repository
    if "pull_request_target" in workflow["on"] or workflow["permissions"].get("contents") != "read":
        wrong("workflow.yml: too many rights")
    calls = 0
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if ("run" in step) == ("uses" in step):
                wrong("workflow.yml: a step has keys %s" % sorted(step))
            if "run" in step:
                check_run("workflow.yml", step)
            elif "share/integrations/github@" in step["uses"]:
                calls += 1
                if not set(step["with"]) <= set(action["inputs"]) or "policy" not in step["with"]:
                    wrong("workflow.yml: with %s" % sorted(step["with"]))
    if calls != 1:
        wrong("workflow.yml: does not use the action")
    for name in re.findall(r"steps\.assay\.outputs\.([a-z-]+)", text(directory, "github/workflow.yml")):
        if name not in action["outputs"]:
            wrong("workflow.yml: there is no output %s" % name)


def check_gitlab(directory, variables):
    template = load(directory, "gitlab/assay.gitlab-ci.yml")
    known = {"stage", "variables", "script", "artifacts"}
    for name, job in template.items():
        if not name.startswith(".") or not known >= set(job) or not {"stage", "script"} <= set(job):
            wrong("gitlab: job %s has keys %s" % (name, sorted(job)))
        if not set(job["variables"]) <= variables | {"ASSAY_CI"}:
            wrong("gitlab: job %s has variables %s" % (name, sorted(job["variables"])))
        for line in job["script"]:
            if not isinstance(line, str) or "$[[" in line:
                wrong("gitlab: job %s has script %s" % (name, line))
    artifacts = template[".assay"]["artifacts"]
    # of a job that fails there are none by default, and no test report
    if artifacts["when"] != "always" or artifacts["reports"] != {"junit": "$ASSAY_OUTPUT/report.xml"}:
        wrong("gitlab: artifacts %s" % artifacts)


def jenkins_blocks(directory):
    return re.findall(r"\bsh '''\n(.*?)'''", text(directory, "jenkins/Jenkinsfile"), re.S)


def check_jenkins(directory, variables):
    written = text(directory, "jenkins/Jenkinsfile")
    bare = re.sub(r"'''.*?'''|'[^'\n]*'", "''", re.sub(r"^\s*//.*$", "", written, flags=re.M), flags=re.S)
    if '"' in bare or "$" in bare:
        wrong("jenkins: a text in double quotes, which Groovy puts values into")
    for pair in ("{}", "()", "[]"):
        if bare.count(pair[0]) != bare.count(pair[1]):
            wrong("jenkins: %s do not match" % pair)
    if len(jenkins_blocks(directory)) != len(re.findall(r"\bsh\b", bare)):
        wrong("jenkins: a call of sh that is not looked at")
    for name in re.findall(r"^\s*(ASSAY_[A-Z]+) = ", written, re.M):
        if name not in variables:
            wrong("jenkins: %s is no variable of ci.sh" % name)
    if "junit testResults: 'assay-report/report.xml'" not in written or "always {" not in written:
        wrong("jenkins: no JUnit")


def check(directory):
    variables = set(re.findall(r"^#   (ASSAY_[A-Z]+) ", text(directory, "ci.sh"), re.M))
    if set(re.findall(r"\bASSAY_[A-Z]+\b", text(directory, "ci.sh"))) != variables or len(variables) < 8:
        wrong("ci.sh: its head does not name the variables that it reads")
    check_workflow(directory, check_action(directory, variables))
    check_gitlab(directory, variables)
    check_jenkins(directory, variables)
    return bool(WRONG)


def write(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content)


def main():
    what, directory = sys.argv[1:3]
    if what == "check":
        return check(directory)
    if what == "github":
        step = load(directory, "github/action.yml")["runs"]["steps"][0]
        inputs = load(directory, "github/action.yml")["inputs"]
        write(os.path.join(sys.argv[3], "run"), step["run"])
        # NAME INPUT DEFAULT
        lines = []
        for name, value in step["env"].items():
            given = re.search(r"inputs\.([a-z-]+)", value).group(1)
            lines.append("%s %s %s\n" % (name, given, inputs[given].get("default", "")))
        write(os.path.join(sys.argv[3], "env"), "".join(lines))
    elif what == "workflow":
        steps = [step for job in load(directory, "github/workflow.yml")["jobs"].values() for step in job["steps"]]
        write(sys.argv[3], "".join(step["run"] for step in steps if "run" in step))
    elif what == "gitlab":
        job = load(directory, "gitlab/assay.gitlab-ci.yml")[sys.argv[3]]
        values = "".join("export %s=%s\n" % pair for pair in job["variables"].items() if pair[0] != "ASSAY_CI")
        write(sys.argv[4], "\n".join(job["script"]) + "\n")
        write(sys.argv[4] + ".variables", values)
    elif what == "jenkins":
        for number, block in enumerate(jenkins_blocks(directory), 1):
            write("%s.%d" % (sys.argv[3], number), block)
    return False


sys.exit(main())
