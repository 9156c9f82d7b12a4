package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it hears. */
final class RecordingListener implements RateLimitListener {
    final List<RateLimitEvent.Decided> decided = new ArrayList<>();
    final List<RateLimitEvent.StoreFailed> failed = new ArrayList<>();
    final List<RateLimitEvent.LoginThrottled> throttled = new ArrayList<>();

    final List<RateLimitEvent.Switched> switched = new ArrayList<>();
    final List<RateLimitEvent.PoliciesReplaced> replaced = new ArrayList<>();

    final List<RateLimitEvent.Administered> administered = new CopyOnWriteArrayList<>();

    @Override
    public void administered(RateLimitEvent.Administered event) {
        administered.add(event);
    }

    @Override
    public void switched(RateLimitEvent.Switched event) {
        switched.add(event);
    }

    @Override
    public void policiesReplaced(RateLimitEvent.PoliciesReplaced event) {
        replaced.add(event);
    }

    final List<RateLimitEvent.StoreStateChanged> states = new ArrayList<>();

    @Override
    public void storeStateChanged(RateLimitEvent.StoreStateChanged event) {
        states.add(event);
    }

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
