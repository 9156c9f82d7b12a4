package dev.hardening.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Arrows only point down, packages have no cycles, and third-party types stay in the package named after them. */
class EdgesTest {
    @Test
    void import_always_findsTheModules() {
        Modules.NAMES.forEach(name -> assertFalse(
                Modules.classes()
                        .that(DescribedPredicate.describe(
                                name, type -> Modules.moduleOf(type).equals(name)))
                        .isEmpty(),
                name));
    }

    @Test
    void modules_always_dependOnlyDownwards() {
        classes().should(dependOnlyDownwards()).check(Modules.classes());
    }

    @Test
    void packages_withoutTheFacade_haveNoCycles() {
        slices().matching("dev.hardening.(**)")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(Modules.facade(), DescribedPredicate.alwaysTrue())
                .check(Modules.classes());
    }

    @Test
    void optionalLibraries_always_stayInThePackageNamedAfterThem() {
        confine("jakarta.servlet..", "..servlet..");
        confine("io.micrometer..", "..micrometer..");
        confine("io.lettuce..", "..redis..");
        confine("picocli..", "..cli..");
        confine("com.sun.net.httpserver..", "..http..");
    }

    @Test
    void engines_always_stayInTheirModule() {
        confine("io.github.bucket4j..", "dev.hardening.ratelimit..");
        confine("com.nimbusds..", "dev.hardening.auth..", "dev.hardening.secrets..");
        confine("org.bouncycastle..", "dev.hardening.auth..", "dev.hardening.secrets..");
        confine("org.postgresql..");
    }

    private static void confine(String library, String... homes) {
        noClasses()
                .that()
                .resideOutsideOfPackages(homes)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(Modules.classes());
    }

    private static ArchCondition<JavaClass> dependOnlyDownwards() {
        return new ArchCondition<>("depend only on modules of the floors below") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getDirectDependenciesFromSelf().stream()
                        .filter(edge -> !allowed(type, edge))
                        .forEach(edge -> events.add(SimpleConditionEvent.violated(type, edge.getDescription())));
            }
        };
    }

    private static boolean allowed(JavaClass type, Dependency edge) {
        String from = Modules.moduleOf(type);
        String to = Modules.moduleOf(edge.getTargetClass());
        if (to.isEmpty() || to.equals(from)) {
            return true;
        }
        boolean optional = Modules.OPTIONAL.getOrDefault(from, Set.of()).contains(to);
        boolean home = type.getPackageName().startsWith(Modules.ROOT + from + "." + to)
                || type.getPackageName().equals(Modules.ROOT + from + ".capture");
        return Modules.EDGES.get(from).contains(to) && (!optional || home);
    }
}
