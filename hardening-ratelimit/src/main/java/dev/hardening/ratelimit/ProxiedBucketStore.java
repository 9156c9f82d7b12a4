package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Buckets that several processes share, through a proxy manager of bucket4j. */
final class ProxiedBucketStore implements BucketStore {
    private static final String FORMAT = "v1/";

    private final ProxyManager<String> manager;
    private final ProxiedSpec proxied;
    private final ConcurrentMap<String, SpaceSpec> opened = new ConcurrentHashMap<>();

    ProxiedBucketStore(ProxyManager<String> manager, ProxiedSpec proxied) {
        this.manager = Objects.requireNonNull(manager, "manager");
        this.proxied = Objects.requireNonNull(proxied, "proxied");
    }

    @Override
    public Space open(SpaceSpec wanted) {
        CompiledLimits compiled = CompiledLimits.of(wanted.limits());
        opened.merge(wanted.name(), wanted, ProxiedBucketStore::newer);
        return new ProxiedSpace(FORMAT + wanted.name() + '/', compiled, wanted.version(), manager, proxied);
    }

    private static SpaceSpec newer(SpaceSpec before, SpaceSpec wanted) {
        if (before.version() == wanted.version() && !before.limits().equals(wanted.limits())) {
            throw new IllegalArgumentException('"' + wanted.name() + "\" is open with other limits");
        }
        return wanted.version() > before.version() ? wanted : before;
    }
}
