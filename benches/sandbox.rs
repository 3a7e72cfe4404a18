//! How fast the sandbox answers: it must not be what a benchmark of a client measures.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::sync::Arc;
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions};

const REQUESTS: usize = 4_000;
/// Connections that ask at once.
const GUESTS: usize = 8;

/// Full requests: ten users each, created and put into a group.
fn bodies() -> Arc<Vec<Vec<u8>>> {
    let command = |number: usize| {
        let email = format!("user.number.{number:08}@corp.example.com");
        json!({ "user": email, "requestID": format!("r{number}"), "do": [
            { "createFederatedID": { "email": email, "firstname": "Zoë", "lastname": "Ångström",
                "country": "US", "option": "ignoreIfAlreadyExists" } },
            { "add": { "group": ["Design"] } },
        ] })
    };
    let body = |request: usize| {
        serde_json::to_vec(
            &(0..10).map(|place| command(request * 10 + place)).collect::<Vec<Value>>(),
        )
        .unwrap()
    };
    Arc::new((0..REQUESTS).map(body).collect())
}

async fn token(http: &reqwest::Client, sandbox: &Sandbox, options: &SandboxOptions) -> String {
    let form = [
        ("client_id", &*options.client_id),
        ("client_secret", &*options.client_secret),
        ("grant_type", "client_credentials"),
    ];
    let answer: Value = http
        .post(format!("{}/ims/token/v2", sandbox.auth_host()))
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn actions(c: &mut Criterion) {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bodies = bodies();
    let mut group = c.benchmark_group("sandbox");
    group.throughput(Throughput::Elements(REQUESTS as u64)).sample_size(10);
    group.bench_function("action requests of ten commands", |b| {
        b.iter_batched(
            || {
                let mut directory = Directory::default();
                directory.add_group(&SandboxGroup::user_group("Design"));
                Sandbox::start(SandboxOptions::default(), directory).unwrap()
            },
            |sandbox| {
                let options = SandboxOptions::default();
                runtime.block_on(async {
                    let http = reqwest::Client::builder().no_proxy().build().unwrap();
                    let token = token(&http, &sandbox, &options).await;
                    let url = format!("{}/action/{}", sandbox.url(), options.org_id);
                    let guests: Vec<_> = (0..GUESTS)
                        .map(|guest| {
                            let (http, bodies, url, token, key) = (
                                http.clone(),
                                bodies.clone(),
                                url.clone(),
                                token.clone(),
                                options.client_id.clone(),
                            );
                            tokio::spawn(async move {
                                for body in bodies.iter().skip(guest).step_by(GUESTS) {
                                    let request = http
                                        .post(&url)
                                        .bearer_auth(&token)
                                        .header("x-api-key", &key)
                                        .body(body.clone());
                                    let answer = request.send().await.unwrap();
                                    assert!(answer.status().is_success());
                                    answer.bytes().await.unwrap();
                                }
                            })
                        })
                        .collect();
                    for guest in guests {
                        guest.await.unwrap();
                    }
                });
                assert_eq!(sandbox.with_directory(Directory::user_count), REQUESTS * 10);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, actions);
criterion_main!(benches);
