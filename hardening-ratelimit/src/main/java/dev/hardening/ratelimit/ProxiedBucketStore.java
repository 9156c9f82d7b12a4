package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Buckets that several processes share, through a proxy manager of bucket4j. */
final class ProxiedBucketStore implements BucketStore {
    private static final String FORMAT = "v1/";

    private final ProxyManager<String> manager;
    private final ProxiedSpec proxied;
    private final KeptByName<Newest> opened = new KeptByName<>(newest -> true);

    ProxiedBucketStore(ProxyManager<String> manager, ProxiedSpec proxied) {
        this.manager = Objects.requireNonNull(manager, "manager");
        this.proxied = Objects.requireNonNull(proxied, "proxied");
    }

    @Override
    public Space open(SpaceSpec wanted) {
        CompiledLimits compiled = CompiledLimits.of(wanted.limits());
        return opened.open(wanted.name(), Newest::new, newest -> {
            newest.agreeOn(wanted);
            return new ProxiedSpace(FORMAT + wanted.name() + '/', compiled, wanted.version(), manager, proxied);
        });
    }

    int names() {
        return opened.size();
    }

    /** The newest version that was opened of a name; the same version may not mean two things. */
    private static final class Newest {
        private @Nullable SpaceSpec spec;

        private void agreeOn(SpaceSpec wanted) {
            SpaceSpec before = spec;
            if (before != null
                    && before.version() == wanted.version()
                    && !before.limits().equals(wanted.limits())) {
                throw new IllegalArgumentException('"' + wanted.name() + "\" is open with other limits");
            }
            if (before == null || wanted.version() > before.version()) {
                spec = wanted;
            }
        }
    }
}
