//! The containers of the composed stack, watched, restarted, killed and cut off by the docker command.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use docker_tests::variable;
use tokio::time::sleep;

/// How long a container may take to be healthy again.
const RECOVERY: Duration = Duration::from_secs(90);

/// The container of a service.
pub struct Container {
    service: String,
    id: String,
}

impl Container {
    pub fn of(service: &str) -> Self {
        let project = variable("COMPOSE_PROJECT_NAME");
        let labelled =
            |label: &str, value: &str| format!("label=com.docker.compose.{label}={value}");
        let (project, named) = (labelled("project", &project), labelled("service", service));
        let id = docker(&["ps", "--quiet", "--filter", &project, "--filter", &named]);
        assert!(
            !id.is_empty() && !id.contains('\n'),
            "one container of {service}: {id}"
        );
        Self {
            service: service.to_owned(),
            id,
        }
    }

    /// SIGKILL to its first process, from outside: for Docker that is a crash, after which its restart
    /// policy acts, as it does not after `docker kill`. Returns once it was started again.
    pub async fn crash(&self) {
        let (pid, started) = (self.inspect("{{.State.Pid}}"), self.started());
        let killed = Command::new("kill").args(["-KILL", &pid]).status();
        assert!(
            killed.expect("kill runs").success(),
            "this takes the right to kill {pid}: root"
        );
        let deadline = Instant::now() + RECOVERY;
        while self.started() == started {
            assert!(
                Instant::now() < deadline,
                "{} is started again",
                self.service
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A polite restart: SIGTERM, and time to finish.
    pub fn restart(&self) {
        docker(&["restart", "-t", "15", &self.id]);
    }

    /// Takes it off a network, until what is returned is dropped.
    pub fn cut_off(&self, network: &str) -> CutOff<'_> {
        // Compose puts the project's name before a network's.
        let network = format!("{}_{network}", variable("COMPOSE_PROJECT_NAME"));
        docker(&["network", "disconnect", &network, &self.id]);
        CutOff {
            container: self,
            network,
        }
    }

    /// How many submissions it answered since it was last started, by its log.
    pub fn submissions(&self) -> usize {
        let log = docker(&["logs", "--since", &self.started(), &self.id]);
        let submission = r#""method":"POST","route":"/v1/claims""#;
        log.lines().filter(|line| line.contains(submission)).count()
    }

    /// Waits until its own health check says that it is well.
    pub async fn is_healthy(&self) {
        let deadline = Instant::now() + RECOVERY;
        while self.inspect("{{.State.Health.Status}}") != "healthy" {
            assert!(
                Instant::now() < deadline,
                "{} is healthy again",
                self.service
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn started(&self) -> String {
        self.inspect("{{.State.Running}} {{.State.StartedAt}}")
            .strip_prefix("true ")
            .unwrap_or_default()
            .to_owned()
    }

    fn inspect(&self, format: &str) -> String {
        docker(&["inspect", "--format", format, &self.id])
    }
}

/// A container that is off a network. When this is dropped it is put back, under its name.
pub struct CutOff<'c> {
    container: &'c Container,
    network: String,
}

impl Drop for CutOff<'_> {
    fn drop(&mut self) {
        let Container { service, id } = self.container;
        let network = &self.network;
        docker(&["network", "connect", "--alias", service, network, id]);
    }
}

/// What a docker command printed, on either stream.
fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output();
    let output = output.expect("docker is installed");
    assert!(output.status.success(), "docker {arguments:?}: {output:?}");
    let printed = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&printed).trim().to_owned()
}
