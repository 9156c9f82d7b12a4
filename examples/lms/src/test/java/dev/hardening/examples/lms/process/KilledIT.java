package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is still there after SIGKILL under load. */
@Tag("slow")
@Tag("database")
class KilledIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final Person admin = new Person("ada@school.example", "correct horse battery staples");

    @Test
    void process_killedUnderLoad_losesNothingItAcknowledged() throws Exception {
        Path home = folder.resolve("home");
        Queue<String> courses = new ConcurrentLinkedQueue<>();
        Queue<Person> registered = new ConcurrentLinkedQueue<>();
        try (LmsProcess lms = LmsProcess.start(home, Map.of())) {
            admin.setUp(lms, home).login(lms);
            killUnderLoad(lms, courses, registered);
        }
        assertFalse(courses.isEmpty());
        assertFalse(registered.isEmpty());
        try (LmsProcess lms = LmsProcess.start(home, Map.of())) {
            admin.login(lms);
            String log = WalkIT.auditLog(home);
            for (String course : courses) {
                assertTrue(log.contains(course), "the event of course " + course);
            }
            assertEquals(List.of(), missing(lms, courses));
            int events = log.split("\"type\":\"user_created\"", -1).length - 1;
            assertTrue(events >= registered.size(), "an event of each registration: " + events);
            for (Person person : registered) {
                person.confirmByAnotherLink(lms);
                person.login(lms);
            }
            assertEquals(0, lms.terminate(), lms.output());
        }
    }

    private void killUnderLoad(LmsProcess lms, Queue<String> courses, Queue<Person> registered) throws Exception {
        AtomicBoolean killed = new AtomicBoolean();
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 2; i++) {
            threads.execute(() -> repeat(killed, () -> create(lms, courses, number.incrementAndGet())));
            threads.execute(() -> repeat(killed, () -> register(lms, registered, number.incrementAndGet())));
        }
        Eventually.until(LONG, "some of both are acknowledged", () -> courses.size() >= 20 && registered.size() >= 3);
        lms.kill();
        killed.set(true);
        threads.shutdown();
        assertTrue(threads.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS));
    }

    private static void repeat(AtomicBoolean end, Runnable step) {
        while (!end.get()) {
            try {
                step.run();
            } catch (UncheckedIOException cutOff) {
                end.get();
            }
        }
    }

    private void create(LmsProcess lms, Queue<String> courses, int number) {
        HttpResponse<String> answer = admin.post(lms, "/api/courses", "title", "Course " + number);
        if (answer.statusCode() == 201) {
            courses.add(Person.text(answer, "id"));
        }
    }

    private static void register(LmsProcess lms, Queue<Person> registered, int number) {
        Person person = new Person("p" + number + "@school.example", "a long enough sentence " + number);
        if (person.register(lms, "Person").statusCode() == 202) {
            registered.add(person);
        }
    }

    private List<String> missing(LmsProcess lms, Queue<String> courses) {
        List<String> missing = new ArrayList<>();
        for (String course : courses) {
            Eventually.until(LONG, "the course is answered", () -> {
                int status = admin.get(lms, "/api/courses/" + course).statusCode();
                if (status == 404) {
                    missing.add(course);
                }
                return status == 200 || status == 404;
            });
        }
        return missing;
    }
}
