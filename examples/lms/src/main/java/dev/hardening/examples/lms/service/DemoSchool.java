package dev.hardening.examples.lms.service;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.password.Password;
import dev.hardening.examples.lms.school.CourseRole;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.Tenants;
import dev.hardening.secrets.Alphabet;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** A school to play with: an administrator, an instructor with two courses, and three students in them. */
public final class DemoSchool {
    private static final SecretSpec PASSWORD = SecretSpec.of(128, Alphabet.BASE64URL);

    private final Auth auth;
    private final School school;
    private final SecretGenerator generator;
    private final Consumer<String> tell;

    private DemoSchool(Auth auth, School school, SecureRandom random, Consumer<String> tell) {
        this.auth = auth;
        this.school = school;
        this.generator = SecretGenerator.create(random);
        this.tell = tell;
    }

    /**
     * Makes the people that are not there yet and, with the instructor, the courses.
     *
     * @param tell gets a line for each person as soon as he is made, with the random password that is told once
     */
    public static void seed(Auth auth, School school, SecureRandom random, Consumer<String> tell) {
        new DemoSchool(auth, school, random, tell).seed();
    }

    private void seed() {
        person("admin", Account.Role.ADMIN);
        Optional<Member> teacher = person("teacher", Account.Role.INSTRUCTOR);
        List<Member> students = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            person("student" + i, Account.Role.STUDENT).ifPresent(students::add);
        }
        teacher.ifPresent(
                instructor -> List.of("Algebra", "Botany").forEach(title -> course(instructor, title, students)));
    }

    private void course(Member instructor, String title, List<Member> students) {
        school.courses()
                .create(instructor, title)
                .fold(
                        course -> {
                            students.forEach(student -> school.courses()
                                    .enrol(instructor, course.id(), student.user(), CourseRole.STUDENT));
                            return course;
                        },
                        refusal -> {
                            throw new IllegalStateException("the demo course was refused: " + refusal);
                        });
    }

    private Optional<Member> person(String name, Account.Role role) {
        Secret made = generator.next(PASSWORD);
        String email = name + "@demo.example";
        try (Password password = Password.of(made.reveal())) {
            Setup.Result result = auth.accounts()
                    .setup()
                    .seed(new Setup.Newcomer(
                            Tenants.MAIN, EmailAddress.parse(email).orElseThrow(), password, name, Set.of(role)));
            if (result instanceof Setup.Result.Created created) {
                tell.accept(email + "  " + made.reveal());
                return Optional.of(new Member(Tenants.MAIN, created.account().id()));
            }
            return Optional.empty();
        }
    }
}
