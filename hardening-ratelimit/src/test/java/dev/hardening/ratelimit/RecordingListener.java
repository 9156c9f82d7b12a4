package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.List;

/** Keeps what it hears. */
final class RecordingListener implements RateLimitListener {
    final List<RateLimitEvent.Decided> decided = new ArrayList<>();
    final List<RateLimitEvent.StoreFailed> failed = new ArrayList<>();
    final List<RateLimitEvent.LoginThrottled> throttled = new ArrayList<>();

    @Override
    public void decided(RateLimitEvent.Decided event) {
        decided.add(event);
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        failed.add(event);
    }

    @Override
    public void loginThrottled(RateLimitEvent.LoginThrottled event) {
        throttled.add(event);
    }
}
