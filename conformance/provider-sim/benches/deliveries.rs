//! Signed deliveries per second, per provider, and what they are made of.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use provider_sim::{EventFactory, Keys, Provider, Tampering, forge, sign};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const NOW_MS: i64 = 1_795_285_369_123;

fn deliveries(criterion: &mut Criterion) {
    let keys = Keys::generate(1, "https://example.com/dev/api/v1/webhooks/square");
    let Ok(keys) = keys else { return };
    let mut group = criterion.benchmark_group("provider-sim");
    group.throughput(Throughput::Elements(1));
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 1, "bench");
        group.bench_function(format!("event/{provider}"), |bencher| {
            bencher.iter(|| black_box(factory.event(NOW_MS)));
        });
        let event = factory.event(NOW_MS);
        group.bench_function(format!("sign/{provider}"), |bencher| {
            bencher.iter(|| black_box(sign(&keys, black_box(&event), NOW_MS)));
        });
        group.bench_function(format!("delivery/{provider}"), |bencher| {
            bencher.iter(|| {
                let event = factory.event(NOW_MS);
                black_box(sign(&keys, &event, NOW_MS))
            });
        });
    }
    let mut rng = StdRng::seed_from_u64(1);
    let event = EventFactory::new(Provider::Paypal, 1, "bench").event(NOW_MS);
    group.bench_function("forge/crc-collision", |bencher| {
        bencher.iter(|| black_box(forge(&keys, &event, Tampering::CrcCollision, NOW_MS, &mut rng)));
    });
    group.finish();
    criterion.bench_function("keys/generate", |bencher| {
        bencher.iter(|| black_box(Keys::generate(1, "https://example.com/").is_ok()));
    });
}

criterion_group!(benches, deliveries);
criterion_main!(benches);
